// SPDX-License-Identifier: Apache-2.0
// Stands in for providers/local as long as that has no sources.
#include <array>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0 {
namespace {

class Local final : public driver::Provider {
 public:
  [[nodiscard]] std::string_view name() const override { return "local"; }
  [[nodiscard]] driver::Capabilities capabilities() const override { return {}; }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options&, driver::Runtime&) const override {
    return Error{.code = Errc::unsupported, .message = "for tests"};
  }
};

}  // namespace

const driver::Provider& provider_local();
const driver::Provider& provider_local() {
  static const Local local;
  return local;
}

}  // namespace ductape::inline v0
