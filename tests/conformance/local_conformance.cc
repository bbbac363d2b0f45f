// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <random>
#include <thread>

#include <ductape/providers.hpp>
#include <ductape/testing/conformance.hpp>

namespace {

using namespace ductape;

class LocalHarness final : public testing::Harness {
 public:
  explicit LocalHarness(const std::string& address)
      : owner_(address.empty()), directory_(owner_ ? new_directory() : address) {}
  ~LocalHarness() override {
    std::error_code ignored;
    if (owner_) std::filesystem::remove_all(directory_, ignored);
  }

  [[nodiscard]] const driver::Provider& provider() const override { return *find_provider("local"); }
  Client client(ClientOptions options) override {
    options.store = "sqlite:" + directory_;
    return Client::open(std::move(options)).value();
  }
  void pass(std::chrono::milliseconds by) override { std::this_thread::sleep_for(by); }
  [[nodiscard]] std::string address() const override { return directory_; }

 private:
  static std::string new_directory() {
    std::random_device random;
    const auto name = "ductape-conformance-" + std::to_string(random()) + std::to_string(random());
    const auto directory = std::filesystem::temp_directory_path() / name;
    std::filesystem::create_directory(directory);
    return directory;
  }
  const bool owner_;
  const std::string directory_;
};

}  // namespace

int main(int argc, char** argv) {
  return testing::run_conformance(argc, argv,
                                  [](const std::string& address) { return std::make_unique<LocalHarness>(address); });
}
