// SPDX-License-Identifier: Apache-2.0
// What a message costs above the driver: pipeline publish|consume bytes|schema MESSAGES [clock]
// Under callgrind with --toggle-collect=measured only the loop itself counts.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <ductape/client.hpp>

#include "benchmarks/pipeline/loop_runtime.h"
#include "benchmarks/pipeline/null_provider.h"
#include "src/client/surroundings.h"

namespace ductape::inline v0::benchmarks {
namespace {

constexpr std::uint64_t batch = 64;
constexpr std::string_view body =
    R"({"orderId":"12345","customerId":"cust_789","status":"pending","total":99.99,"currency":"EUR","items":3,)"
    R"("paid":false,"createdAt":"2026-11-21T12:00:00Z","country":"DE","note":"leave it at the neighbour's door"})";
static_assert(body.size() > 190 && body.size() < 230);
constexpr std::array<driver::Header, 5> attributes{{{"specversion", "1.0"},
                                                    {"source", "/shop/dev"},
                                                    {"type", "orders:new"},
                                                    {"time", "2026-11-21T12:00:00.000Z"},
                                                    {"datacontenttype", "application/json"}}};
constexpr std::array<std::string_view, 7> keys{"cust_789", "cust_12", "cust_4711", "cust_3",
                                               "cust_90",  "cust_41", "cust_6"};
constexpr std::array<driver::Header, 3> headers{{{"tenant", "blue"}, {"origin", "checkout"}, {"request", "7f3a9c"}}};

class Bench {
 public:
  Bench(bool schema, bool real_clock) : runtime_(std::make_shared<LoopRuntime>(real_clock)) {
    registry_.create(Product{.tag = "shop"}).value();
    registry_.create(Broker{.product = "shop", .tag = "orders", .envs = {{.slug = "dev"}}}).value();
    registry_
        .create(TopicDefinition{.product = "shop",
                                .broker = "orders",
                                .tag = "new",
                                .sample = schema ? std::string(body) : std::string(),
                                .schema = schema ? SchemaMode::enforce : SchemaMode::off,
                                .ordered = true})
        .value();
    topic_.emplace(client_.topic("orders:new").value());
  }

  void publish(std::uint64_t messages) {
    for (std::uint64_t i = 0; i < messages; ++i) {
      topic_->publish(std::string(body), options(i), [this](const Result<Receipt>& receipt) { done_ += receipt.ok(); });
      if (i % batch == batch - 1) runtime_->run();
    }
    runtime_->run();
  }

  /// What a caller does to have something to publish: not ours, to be subtracted from what `publish` costs.
  void prepare(std::uint64_t messages) {
    for (std::uint64_t i = 0; i < messages; ++i) {
      const std::string message(body);
      const auto made = options(i);
      done_ += message.size() == body.size() && made.headers.size() == headers.size();
    }
  }

  /// The provider hands out what was offered as soon as there is room, and the loop ends when all is settled.
  void consume(std::uint64_t messages) {
    provider_.offer(messages);
    if (!subscription_) {
      subscription_.emplace(
          topic_
              ->subscribe({.group = "billing", .concurrency = 16},
                          [this](const Message& message) { done_ += message.text().size() == body.size(); })
              .value());
    } else {
      subscription_->pause();
      subscription_->resume();
    }
    runtime_->run();
  }

  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  static PublishOptions options(std::uint64_t i) {
    PublishOptions options{.key = std::string(keys[i % keys.size()])};
    options.headers.reserve(headers.size());
    for (const auto& [name, value] : headers) options.headers.push_back({std::string(name), std::string(value)});
    return options;
  }

  NullProvider provider_{body, attributes, headers, keys};
  std::shared_ptr<LoopRuntime> runtime_;
  Registry registry_ = Registry::open("memory:").value();
  Client client_ =
      detail::open_client({.product = "shop"}, registry_,
                          {.runtime = runtime_, .find_provider = [this](std::string_view) { return &provider_; }})
          .value();
  std::optional<Topic> topic_;
  std::optional<Subscription> subscription_;
  std::uint64_t done_ = 0;
};

}  // namespace
}  // namespace ductape::inline v0::benchmarks

using ductape::benchmarks::Bench;
using Part = void (Bench::*)(std::uint64_t);

// Callgrind is told this name: what is outside does not count.
extern "C" [[gnu::noinline]] void measured(Bench* bench, Part part, std::uint64_t messages) {
  (bench->*part)(messages);
}

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (words.size() < 3) {
    std::fputs("usage: pipeline publish|prepare|consume bytes|schema MESSAGES [clock]\n", stderr);
    return 2;
  }
  const Part part = words[0] == "publish" ? &Bench::publish : words[0] == "prepare" ? &Bench::prepare : &Bench::consume;
  const auto messages = std::strtoull(argv[3], nullptr, 10);
  Bench bench(words[1] == "schema", words.size() > 3);
  // Buffers grow to their size and each branch is seen once.
  constexpr std::uint64_t warm_up = 4096;
  (bench.*part)(warm_up);
  const auto start = std::chrono::steady_clock::now();
  measured(&bench, part, messages);
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  if (bench.done() != warm_up + messages) {
    std::fputs("not all messages came through\n", stderr);
    return 1;
  }
  std::printf("{\"ns\":%.1f}\n", took.count() / static_cast<double>(messages));
  std::fflush(stdout);
  std::_Exit(0);  // closing waits for other threads, of which there are none
}
