// SPDX-License-Identifier: Apache-2.0
// What the embedded broker is measured against: the same work by SQLite alone.
#include <algorithm>
#include <memory>

#include "benchmarks/native/processes.h"
#include "benchmarks/native/sqlite_end_to_end.h"
#include "benchmarks/native/sqlite_file.h"

namespace bench {
namespace {

void publish(const Workload& workload) {
  SqliteFile file(workload.directory, workload.payload_only);
  const Bodies bodies(workload.size);
  std::vector<std::int64_t> latencies;
  const auto begin = now_ns();
  for (std::size_t i = 0; i < workload.messages;) {
    const auto started = now_ns();
    file.begin();
    for (const auto end = std::min(i + workload.batch, workload.messages); i < end; ++i) file.append(bodies.make(i));
    file.commit();
    latencies.push_back(now_ns() - started);
  }
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

void one_by_one(const Workload& workload) {
  { const SqliteFile made(workload.directory, workload.payload_only); }
  Processes(workload.processes, workload.messages).run([&](std::size_t) {
    return [file = std::make_unique<SqliteFile>(workload.directory, workload.payload_only),
            bodies = Bodies(workload.size)](std::size_t number, std::int64_t& latency) {
      const auto begun = now_ns();
      file->begin();
      file->find_end();
      file->append(bodies.make(number));
      file->commit();
      latency = now_ns() - begun;
    };
  });
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(
      argc, argv,
      {{"publish", bench::publish}, {"end-to-end", bench::sqlite_end_to_end}, {"one-by-one", bench::one_by_one}});
}
