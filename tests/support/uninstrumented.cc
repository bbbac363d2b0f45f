// SPDX-License-Identifier: Apache-2.0
// What ThreadSanitizer takes for races in client libraries that it does not see into; compiled into each program that
// links our servers.
#ifdef __SANITIZE_THREAD__

// librdkafka counts with atomics who still uses a message's memory, and whoever is the last frees it.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is the sanitizer's
extern "C" [[gnu::visibility("default")]] const char* __tsan_default_suppressions() { return "race:^rd_\n"; }

#endif
