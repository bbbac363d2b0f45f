// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <ductape/driver/fault.hpp>

#include "tests/conformance/suite/child.h"
#include "tests/conformance/suite/expected.h"

namespace ductape::inline v0::testing {
namespace conformance {
namespace {

struct Arguments {
  std::string filter, expected, report;
  bool list = false;
  std::string wrong;  // what cannot be read
};

struct Outcome {
  enum class Kind { passed, failed, gap } kind = Kind::passed;
  std::string text = {};  // why
  const Need* lacking = nullptr;
};

struct Totals {
  int run = 0, gaps = 0, failed = 0;
  int without_crash_points = 0;
  std::string report = {};  // a line a case: outcome, name, why
};

Arguments read(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--list")
      arguments.list = true;
    else if (word == "--filter" && i + 1 < argc)
      arguments.filter = argv[++i];
    else if (word == "--expected" && i + 1 < argc)
      arguments.expected = argv[++i];
    else if (word == "--report" && i + 1 < argc)
      arguments.report = argv[++i];
    else
      arguments.wrong = word;
  }
  return arguments;
}

std::string full_name(const Case& one) { return std::string(one.group) + ": " + std::string(one.name); }

Outcome guarded(const std::function<void()>& run) {
  try {
    run();
    return {};
  } catch (const Exception& failure) {
    return {Outcome::Kind::failed, "unexpected " + to_text(failure.error())};
  } catch (const std::exception& failure) {
    return {Outcome::Kind::failed, failure.what()};
  }
}

Outcome run_case(const Case& one, const MakeHarness& make, const std::function<void(std::string)>& failing) {
  const auto harness = make({});
  Stage stage(*harness);
  for (const Need* need : one.needs) {
    if (need->met(stage)) continue;
    const std::string lacks = stage.provider() + " lacks " + std::string(need->name);
    if (need->refused == nullptr) return {Outcome::Kind::gap, lacks, need};
    const auto refusal = guarded([&] { need->refused(stage); });
    if (refusal.kind == Outcome::Kind::failed) return refusal;
    return {Outcome::Kind::gap, lacks + ", and refuses it", need};
  }
  auto outcome = guarded([&] { one.run(stage); });
  // Told before the stage is taken down: if that hangs, the reason is known.
  if (outcome.kind == Outcome::Kind::failed) failing(outcome.text);
  return outcome;
}

/// A case on a thread of its own, so that one that hangs is named and does not hang the run.
class TimedCase {
 public:
  TimedCase(const Case& one, const MakeHarness& make)
      : limit_(one.limit), thread_([this, &one, &make] {
          auto outcome = run_case(one, make, [this](std::string text) {
            std::lock_guard lock(mutex_);
            failure_ = std::move(text);
          });
          std::lock_guard lock(mutex_);
          outcome_ = std::move(outcome);
          ended_.notify_all();
        }) {}
  ~TimedCase() {
    if (thread_.joinable()) thread_.join();
  }

  std::optional<Outcome> wait() {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, limit_, [this] { return outcome_.has_value(); });
    return outcome_;
  }
  std::string failure() {
    std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  const std::chrono::seconds limit_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Outcome> outcome_;
  std::string failure_;
  std::thread thread_;
};

void print_line(const char* word, const Case& one, std::chrono::steady_clock::duration took, const std::string& why) {
  const auto ms = std::chrono::duration_cast<milliseconds>(took).count();
  std::printf("%-4s  %s  %lld ms%s%s\n", word, full_name(one).c_str(), static_cast<long long>(ms),
              why.empty() ? "" : "\n      ", why.c_str());
  std::fflush(stdout);
}

void print_totals(const std::string& provider, const Totals& totals) {
  std::printf("%s: %d run, %d declared gaps\n", provider.c_str(), totals.run, totals.gaps);
  std::fflush(stdout);
}

void run_all(const std::vector<Case>& cases, const MakeHarness& make, const std::string& provider, Totals& totals) {
  for (const auto& one : cases) {
    const auto begin = std::chrono::steady_clock::now();
    TimedCase timed(one, make);
    const auto outcome = timed.wait();
    const auto took = std::chrono::steady_clock::now() - begin;
    if (!outcome) {
      const auto why = timed.failure();
      print_line(
          "FAIL", one, took,
          "still runs after " + std::to_string(one.limit.count()) + " s" + (why.empty() ? "" : "; before: " + why));
      std::printf("the cases after it did not run\n");
      print_totals(provider, totals);
      // The hanging thread cannot be ended; nothing here needs a destructor.
      std::_Exit(1);
    }
    constexpr std::array words{"ok", "FAIL", "gap"};
    totals.report += std::string(words[static_cast<std::size_t>(outcome->kind)]) + "\t" + full_name(one) + "\t" +
                     (outcome->kind == Outcome::Kind::gap ? outcome->text : "") + "\n";
    switch (outcome->kind) {
      case Outcome::Kind::passed:
        ++totals.run;
        print_line("ok", one, took, {});
        break;
      case Outcome::Kind::failed:
        ++totals.run;
        ++totals.failed;
        print_line("FAIL", one, took, outcome->text);
        break;
      case Outcome::Kind::gap:
        ++totals.gaps;
        if (outcome->lacking == &needs::crash_points) ++totals.without_crash_points;
        print_line("gap", one, took, outcome->text);
        break;
    }
  }
}

// For the documents that say what each provider gives. Written as a whole, so that a run that breaks off leaves the old
// one.
bool write_report(const std::string& path, const std::string& provider, const Totals& totals) {
  const auto next = path + ".new";
  std::ofstream file(next, std::ios::trunc);
  file << provider << '\n' << totals.report;
  file.close();
  if (file && std::rename(next.c_str(), path.c_str()) == 0) return true;
  std::printf("FAIL  cannot write %s\n", path.c_str());
  return false;
}

// Whether the row of `expected.csv` holds; says what does not.
bool as_expected(const Arguments& arguments, const driver::Provider& provider, const Totals& totals) {
  const auto row = expected_row(arguments.expected, provider.name());
  if (!row) {
    std::printf("FAIL  %s\n", row.error().message.c_str());
    return false;
  }
  bool holds = true;
  if (const auto differences = capability_differences(*row, provider.capabilities()); !differences.empty()) {
    std::printf("FAIL  capabilities differ from %s:\n%s", arguments.expected.c_str(), differences.c_str());
    holds = false;
  }
  const auto cases = row->find("cases");
  int least = cases == row->end() ? 0 : std::atoi(cases->second.c_str());
  if (!driver::has_fault_points() && totals.without_crash_points > 0) {
    std::printf("%d cases need crash points, which this build does not have\n", totals.without_crash_points);
    least -= totals.without_crash_points;
  }
  if (totals.run < least) {
    std::printf("FAIL  %d cases ran, %s asks for at least %d\n", totals.run, arguments.expected.c_str(), least);
    holds = false;
  }
  return holds;
}

}  // namespace
}  // namespace conformance

int run_conformance(int argc, char** argv, const MakeHarness& make) {
  using namespace conformance;
  if (argc > 1 && std::string_view(argv[1]) == "--child") return child_main(argc, argv, make);
  const auto arguments = read(argc, argv);
  if (!arguments.wrong.empty()) {
    std::fprintf(stderr, "usage: %s [--expected FILE] [--report FILE] [--filter TEXT] [--list]\ncannot read '%s'\n",
                 argv[0], arguments.wrong.c_str());
    return 2;
  }
  auto cases = all_cases();
  std::erase_if(cases, [&](const Case& one) { return full_name(one).find(arguments.filter) == std::string::npos; });
  if (arguments.list) {
    for (const auto& one : cases) std::printf("%s\n", full_name(one).c_str());
    return 0;
  }
  const auto harness = make({});
  const driver::Provider& provider = harness->provider();
  Totals totals;
  run_all(cases, make, std::string(provider.name()), totals);
  bool holds = totals.failed == 0;
  if (!arguments.expected.empty() && arguments.filter.empty())
    holds = as_expected(arguments, provider, totals) && holds;
  if (!arguments.report.empty()) holds = write_report(arguments.report, std::string(provider.name()), totals) && holds;
  if (totals.failed > 0) std::printf("%d cases failed\n", totals.failed);
  print_totals(std::string(provider.name()), totals);
  return holds ? 0 : 1;
}

}  // namespace ductape::inline v0::testing
