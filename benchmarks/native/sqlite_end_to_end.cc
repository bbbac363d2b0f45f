// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/native/sqlite_end_to_end.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "benchmarks/native/sqlite_file.h"

namespace bench {
namespace {

constexpr std::int64_t claim_most = 1024;

/// SQLite's own lock is waited for by polling; two threads of one program take turns without.
struct Turns {
  std::mutex writing;
  std::mutex mutex;
  std::condition_variable published;
  std::size_t count = 0;  // guarded by mutex
};

void publish(const Workload& workload, Turns& turns, std::vector<std::int64_t>& sent) {
  SqliteFile file(workload.directory, workload.payload_only);
  const Bodies bodies(workload.size);
  for (std::size_t i = 0; i < workload.messages;) {
    const auto end = std::min(i + workload.batch, workload.messages);
    {
      const std::lock_guard lock(turns.writing);
      file.begin();
      for (; i < end; ++i) {
        sent[i] = now_ns();
        file.append(bodies.make(i));
      }
      file.commit();
    }
    const std::lock_guard lock(turns.mutex);
    turns.count = end;
    turns.published.notify_one();
  }
}

}  // namespace

void sqlite_end_to_end(const Workload& workload) {
  Turns turns;
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  SqliteFile file(workload.directory, workload.payload_only);
  auto* claim = file.prepare("SELECT pos, id, body FROM messages WHERE pos>? ORDER BY pos LIMIT ?");
  auto* ack = file.prepare("DELETE FROM grants WHERE first=?");
  auto* grant = file.prepare("INSERT INTO grants VALUES(?,?,zeroblob((?2-?1)/8+1))");
  auto* move = file.prepare("UPDATE groups SET cursor=? WHERE id=1");

  const auto begin = now_ns();
  std::thread producer([&] { publish(workload, turns, sent); });
  std::vector<std::string> claimed;
  std::int64_t cursor = 0, held = 0;
  while (cursor < static_cast<std::int64_t>(workload.messages) || held != 0) {
    if (held == 0) {
      std::unique_lock lock(turns.mutex);
      turns.published.wait(lock, [&] { return turns.count > static_cast<std::size_t>(cursor); });
    }
    claimed.clear();
    {
      const std::lock_guard lock(turns.writing);
      file.begin();
      if (held != 0) {
        sqlite3_bind_int64(ack, 1, held);
        file.run(ack);
      }
      sqlite3_bind_int64(claim, 1, cursor);
      sqlite3_bind_int64(claim, 2, claim_most);
      while (sqlite3_step(claim) == SQLITE_ROW)
        claimed.emplace_back(static_cast<const char*>(sqlite3_column_blob(claim, 2)),
                             static_cast<std::size_t>(sqlite3_column_bytes(claim, 2)));
      sqlite3_reset(claim);
      held = claimed.empty() ? 0 : cursor + 1;
      cursor += static_cast<std::int64_t>(claimed.size());
      if (held != 0) {
        sqlite3_bind_int64(grant, 1, held);
        sqlite3_bind_int64(grant, 2, cursor);
        file.run(grant);
        sqlite3_bind_int64(move, 1, cursor);
        file.run(move);
      }
      file.commit();
    }
    for (const auto& body : claimed) {
      const auto number = Bodies::number(body.data());
      latencies[number] = now_ns() - sent[number];
    }
  }
  const auto seconds = static_cast<double>(now_ns() - begin) / 1e9;
  producer.join();
  report(workload.messages, seconds, latencies);
}

}  // namespace bench
