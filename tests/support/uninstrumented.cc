// SPDX-License-Identifier: Apache-2.0
// What ThreadSanitizer takes for races in libraries that it does not see into; compiled into each program that links
// our servers.
#ifdef __SANITIZE_THREAD__

// OpenSSL counts with atomics who still uses a key or a method, librdkafka who still uses a message's memory; whoever is
// the last frees it.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is the sanitizer's
extern "C" [[gnu::visibility("default")]] const char* __tsan_default_suppressions() {
  return "race:^CRYPTO_THREAD_lock_free\nrace:^rd_\n";
}

#endif
