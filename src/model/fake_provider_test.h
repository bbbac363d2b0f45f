// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::model {

/// A provider of which only the name and the fields matter.
class FakeProvider final : public driver::Provider {
 public:
  explicit FakeProvider(std::string name, std::vector<driver::Field> fields = {})
      : name_(std::move(name)), fields_(std::move(fields)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] driver::Capabilities capabilities() const override { return {}; }
  [[nodiscard]] std::span<const driver::Field> fields() const override { return fields_; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options&, driver::Runtime&) const override {
    return Error{.code = Errc::unsupported, .message = "only looked at"};
  }

 private:
  std::string name_;
  std::vector<driver::Field> fields_;
};

}  // namespace ductape::inline v0::model
