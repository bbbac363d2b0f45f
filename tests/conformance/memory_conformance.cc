// SPDX-License-Identifier: Apache-2.0
#include <ductape/testing/broker.hpp>
#include <ductape/testing/conformance.hpp>

namespace {

using namespace ductape;

/// A server in this process: it ends and stands still in its sessions' eyes.
class MemoryFaults final : public testing::ServerFaults {
 public:
  explicit MemoryFaults(testing::Broker& broker) : broker_(broker) {}
  [[nodiscard]] driver::Survives survives() const override { return driver::Survives::process_crash; }
  void stop() override { broker_.take_down(true); }
  void kill() override { broker_.take_down(true); }
  void start() override { broker_.take_down(false); }
  void freeze() override { broker_.freeze(true); }
  void thaw() override { broker_.freeze(false); }
  void cut() override { broker_.cut(); }
  void stall() override { broker_.freeze(true); }
  void resume() override { broker_.freeze(false); }
  void half_open() override { broker_.forget_sessions(); }
  [[nodiscard]] std::uint64_t connections() const override { return broker_.sessions(); }

 private:
  testing::Broker& broker_;
};

class MemoryHarness final : public testing::Harness {
 public:
  [[nodiscard]] const driver::Provider& provider() const override { return broker_.provider(); }
  // Its clients use it whatever their registry names; this is a type that every registry knows.
  [[nodiscard]] std::string type() const override { return "LOCAL"; }
  Client client(ClientOptions options) override { return broker_.client(std::move(options)); }
  void pass(std::chrono::milliseconds by) override { broker_.advance(by); }
  [[nodiscard]] std::chrono::milliseconds now() const override { return broker_.now(); }
  [[nodiscard]] testing::ServerFaults* faults() override { return &faults_; }

 private:
  testing::Broker broker_;
  MemoryFaults faults_{broker_};
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv, [](const std::string&) { return std::make_unique<MemoryHarness>(); });
}
