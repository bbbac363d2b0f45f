// SPDX-License-Identifier: Apache-2.0
#include "providers/local/probe.h"

#include <sqlite3.h>

#include <atomic>

#include "providers/local/errors.h"
#include "providers/local/filesystem.h"

namespace ductape::inline v0::local {
namespace {

Result<driver::Probe> look(const std::string& directory) {
  if (auto made = make_directory(directory); !made) return made.error();
  if (auto local = refuse_network(directory); !local) return local.error();
  driver::Probe probe{
      .survives = driver::Survives::power_loss, .server = std::string("SQLite ") + sqlite3_libversion(), .warning = {}};
  if (is_volatile(directory)) {
    probe.survives = driver::Survives::process_crash;
    probe.warning =
        directory + " is in memory (tmpfs) and gone after a reboot: name a directory on a disk with --store";
  }
  return probe;
}

/// Answers once, whoever comes first.
class Once {
 public:
  explicit Once(driver::Done<driver::Probe> done) : done_(std::move(done)) {}
  void answer(Result<driver::Probe> result) {
    if (!answered_.exchange(true)) done_(std::move(result));
  }

 private:
  std::atomic<bool> answered_ = false;
  driver::Done<driver::Probe> done_;
};

class ProbeFile final : public Operation {
 public:
  ProbeFile(std::shared_ptr<Once> once, std::string directory)
      : once_(std::move(once)), directory_(std::move(directory)) {}
  [[nodiscard]] bool durable() const override { return false; }
  void apply(Cycle& cycle) override { cycle.tables.database.touch(); }
  void report(const Error* failed) override {
    once_->answer(failed ? Result<driver::Probe>(*failed) : look(directory_));
  }

 private:
  std::shared_ptr<Once> once_;
  std::string directory_;
};

}  // namespace

void probe(const std::shared_ptr<Engine>& engine, const std::string& directory, driver::Runtime& runtime,
           driver::Deadline deadline, driver::Done<driver::Probe> done) {
  if (!engine) {
    runtime.post([directory, done = std::move(done)] { done(look(directory)); });
    return;
  }
  auto once = std::make_shared<Once>(std::move(done));
  runtime.at(deadline, [once, stem = engine->stem()] {
    once->answer(failure(Errc::unavailable, stem + ".db: no answer from the disk or from the process that holds it",
                         "look which process holds the file (fuser) and whether it is stopped"));
  });
  engine->post(std::make_unique<ProbeFile>(once, directory));
}

}  // namespace ductape::inline v0::local
