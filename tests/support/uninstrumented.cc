// SPDX-License-Identifier: Apache-2.0
// What the sanitizers say of libraries, and we cannot mend; compiled into each program that links our servers.

#ifdef __SANITIZE_ADDRESS__

// A librdkafka of the system loses a request to a group's coordinator that it is still looking for when the client
// ends; ours is mended (tools/librdkafka.patch).

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is the sanitizer's
extern "C" [[gnu::visibility("default")]] const char* __lsan_default_suppressions() {
  return "leak:rd_kafka_coord_req\n";
}

#endif

#ifdef __SANITIZE_THREAD__

// Taken for races, as ThreadSanitizer does not see into them: OpenSSL counts with atomics who still uses a key or a
// method, librdkafka who still uses a message's memory or a topic and its lock, and whoever is the last frees it.

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is the sanitizer's
extern "C" [[gnu::visibility("default")]] const char* __tsan_default_suppressions() {
  return "race:^CRYPTO_THREAD_lock_free\nrace:^rd_\nrace:^rwlock_destroy\n";
}

#endif
