// SPDX-License-Identifier: Apache-2.0
#include "providers/local/wake.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <new>

#include "providers/local/errors.h"

namespace ductape::inline v0::local {
namespace {

constexpr std::uint32_t layout_version = 0x64750002;
constexpr std::size_t slots = 1024;

// The words mean nothing after a reboot: a number that changes with each.
std::uint64_t boot() {
  std::uint64_t hash = 0xCBF29CE484222325u;
  if (std::FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re")) {
    for (int c; (c = std::fgetc(file)) != EOF;) hash = (hash ^ static_cast<unsigned>(c)) * 0x100000001B3u;
    std::fclose(file);
  }
  return hash;
}

}  // namespace

struct alignas(64) WakeFile::Slot {
  std::atomic<std::uint32_t> word, asleep;
  std::atomic<std::uint64_t> interest;
};

struct WakeFile::Layout {
  std::atomic<std::uint64_t> boot;
  std::atomic<std::uint32_t> version;
  std::atomic<std::uint32_t> used;  // slots beyond were never taken
  alignas(64) Turns turns;
  alignas(64) Syncs syncs;
  alignas(64) Slot slot[slots + 1];  // the last is for who found none free: nobody wakes it
};

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds at_most) {
  if (at_most.count() <= 0) return;
  timespec limit{.tv_sec = static_cast<time_t>(at_most.count() / 1'000'000'000),
                 .tv_nsec = static_cast<long>(at_most.count() % 1'000'000'000)};
  syscall(SYS_futex, &word, FUTEX_WAIT, seen, &limit, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word, int waiters) {
  syscall(SYS_futex, &word, FUTEX_WAKE, waiters, nullptr, nullptr, 0);
}

Result<WakeFile> WakeFile::open(const std::string& path) {
  auto file = open_file(path);
  if (!file) return file.error();
  const int fd = file->get();
  // One process at a time prepares it; the lock goes with this scope's descriptor at the latest.
  while (flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) return from_errno(errno, "cannot be locked", path);
  // Allocated, not only sized: a page that finds no room on the disk would be a SIGBUS.
  if (const int code = posix_fallocate(fd, 0, sizeof(Layout)); code != 0)
    return from_errno(code, "cannot be sized", path);
  void* memory = mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return from_errno(errno, "cannot be mapped", path);
  auto* layout = static_cast<Layout*>(memory);
  if (const auto now = boot(); layout->version != layout_version || layout->boot != now) {
    new (layout) Layout{};
    layout->boot = now;
    layout->version = layout_version;
  }
  std::size_t index = 0;
  for (; index < slots; ++index) {
    // A lock on the slot's byte belongs to this open file and goes with the process, however it ends.
    struct flock byte {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = static_cast<off_t>(index);
    byte.l_len = 1;
    if (fcntl(fd, F_OFD_SETLK, &byte) == 0) break;
  }
  auto* slot = &layout->slot[index];
  slot->interest = 0;
  slot->asleep = 0;
  if (index < slots && layout->used <= index) layout->used = static_cast<std::uint32_t>(index + 1);
  flock(fd, LOCK_UN);
  return WakeFile(std::move(*file), layout, slot);
}

WakeFile::WakeFile(WakeFile&& other) noexcept
    : file_(std::move(other.file_)), layout_(std::exchange(other.layout_, nullptr)), slot_(other.slot_) {}

WakeFile::~WakeFile() {
  if (!layout_) return;
  if (slot_ != &layout_->slot[slots]) slot_->interest = 0;
  munmap(layout_, sizeof(Layout));
}

std::uint32_t WakeFile::word() const { return slot_->word.load(); }

void WakeFile::wait(std::uint32_t seen, std::chrono::nanoseconds at_most) {
  slot_->asleep.store(1);
  futex_wait(slot_->word, seen, at_most);
  slot_->asleep.store(0);
}

void WakeFile::interest(std::uint64_t topics) {
  if (slot_->interest.load() != topics) slot_->interest.store(topics);
}

void WakeFile::poke() {
  slot_->word.fetch_add(1);
  if (slot_->asleep.load() != 0) futex_wake(slot_->word, INT_MAX);
}

void WakeFile::notify(std::uint64_t topics) {
  const std::size_t used = std::min<std::size_t>(layout_->used.load(), slots);
  for (std::size_t i = 0; i < used; ++i) {
    auto& slot = layout_->slot[i];
    if (&slot == slot_ || (slot.interest.load() & topics) == 0) continue;
    slot.word.fetch_add(1);
    if (slot.asleep.load() != 0) futex_wake(slot.word, INT_MAX);
  }
}

WakeFile::Turns& WakeFile::turns() const { return layout_->turns; }
WakeFile::Syncs& WakeFile::syncs() const { return layout_->syncs; }

}  // namespace ductape::inline v0::local
