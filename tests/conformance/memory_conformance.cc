// SPDX-License-Identifier: Apache-2.0
#include <ductape/testing/broker.hpp>
#include <ductape/testing/conformance.hpp>

namespace {

using namespace ductape;

class MemoryHarness final : public testing::Harness {
 public:
  [[nodiscard]] const driver::Provider& provider() const override { return broker_.provider(); }
  // Its clients use it whatever their registry names; this is a type that every registry knows.
  [[nodiscard]] std::string type() const override { return "LOCAL"; }
  Client client(ClientOptions options) override { return broker_.client(std::move(options)); }
  void pass(std::chrono::milliseconds by) override { broker_.advance(by); }
  [[nodiscard]] std::chrono::milliseconds now() const override { return broker_.now(); }

 private:
  testing::Broker broker_;
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv, [](const std::string&) { return std::make_unique<MemoryHarness>(); });
}
