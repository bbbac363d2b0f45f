// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/native/workload.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench {
namespace {

constexpr std::string_view head = "{\"n\":\"";
constexpr std::size_t digits = 10;

[[noreturn]] void usage() {
  std::fputs(
      "MODE DIRECTORY [--messages N] [--size N] [--batch N] [--under-way N] [--processes N] [--port N] [--rate N]\n"
      "     [--payload-only] [--lean] [--core]\n"
      "MODE: publish, end-to-end, one-by-one, idle; with a server publish, consume, end-to-end, paced, stalled\n",
      stderr);
  std::exit(2);
}

}  // namespace

Workload parse(int argc, char** argv) {
  if (argc < 3) usage();
  Workload workload{.mode = argv[1], .directory = argv[2]};
  for (int i = 3; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (bool* flag = name == "--payload-only" ? &workload.payload_only
                     : name == "--lean"       ? &workload.lean
                     : name == "--core"       ? &workload.core
                                              : nullptr) {
      *flag = true;
      continue;
    }
    std::size_t* value = name == "--messages"    ? &workload.messages
                         : name == "--size"      ? &workload.size
                         : name == "--batch"     ? &workload.batch
                         : name == "--under-way" ? &workload.under_way
                         : name == "--processes" ? &workload.processes
                         : name == "--port"      ? &workload.port
                         : name == "--rate"      ? &workload.rate
                                                 : nullptr;
    if (!value || ++i == argc) usage();
    const std::string_view text = argv[i];
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *value);
    if (code != std::errc() || end != text.data() + text.size() || *value == 0) usage();
  }
  return workload;
}

int run(int argc, char** argv, std::initializer_list<Mode> modes) {
  const auto workload = parse(argc, argv);
  const auto mode = std::ranges::find(modes, workload.mode, &Mode::first);
  if (mode == modes.end()) give_up("no mode " + workload.mode);
  mode->second(workload);
  return 0;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

Bodies::Bodies(std::size_t size) : pattern_(head) {
  pattern_.append(digits, '0').append("\",\"text\":\"");
  if (size > pattern_.size() + 2) pattern_.append(size - pattern_.size() - 2, 'x');
  pattern_ += "\"}";
}

std::string Bodies::make(std::size_t number) const {
  auto body = pattern_;
  for (std::size_t i = head.size() + digits; i-- > head.size(); number /= 10)
    body[i] = static_cast<char>('0' + number % 10);
  return body;
}

std::size_t Bodies::number(const char* body) {
  std::size_t number = 0;
  for (std::size_t i = head.size(); i < head.size() + digits; ++i)
    number = number * 10 + static_cast<std::size_t>(body[i] - '0');
  return number;
}

void report(std::size_t messages, double seconds, std::vector<std::int64_t>& latencies) {
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double share) {
    if (latencies.empty()) return 0.0;
    const auto last = latencies.size() - 1;
    return static_cast<double>(latencies[static_cast<std::size_t>(share * static_cast<double>(last))]) / 1000;
  };
  std::printf("{\"messages\":%zu,\"seconds\":%.6f,\"rate\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n",
              messages, seconds, static_cast<double>(messages) / seconds, at(0.5), at(0.99), at(1));
}

}  // namespace bench
