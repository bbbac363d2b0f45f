// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/nats/api.h"
#include "providers/nats/names.h"

namespace ductape::inline v0::nats {

/// What is known of who owns a group, from the revisions of its key. A lease is over when its revision stood for as
/// long as it lasts, by the clock of who looks: no two clocks are compared. Not thread-safe.
class OwnerWatch {
 public:
  /// What the key shows: its last revision and who wrote it, which is empty if the owner has left. `lease` is theirs.
  void seen(std::uint64_t revision, std::string member, driver::Millis lease, driver::Deadline now) {
    if (revision != revision_ || !known_) since_ = now;
    known_ = true;
    revision_ = revision;
    member_ = std::move(member);
    lease_ = lease;
  }
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] const std::string& member() const { return member_; }
  /// Nobody owns it.
  [[nodiscard]] bool free() const { return known_ && member_.empty(); }
  /// Its owner is dead, or frozen for longer than its lease.
  [[nodiscard]] bool over(driver::Deadline now) const { return known_ && !free() && now - since_ >= lease_; }

 private:
  bool known_ = false;
  std::uint64_t revision_ = 0;
  std::string member_;
  driver::Millis lease_{0};
  driver::Deadline since_ = {};
};

/// Reads an owner's key into a watch; `answer` is what STREAM.MSG.GET said. False if it could not be read.
bool see_owner(OwnerWatch& watch, const Result<Json>& answer, driver::Deadline now);

/// One member's part, for all its sessions, in the lease that makes it the only one of its group to read: a key in a
/// bucket, which is written only on the revision that was seen. Thread-safe.
class OwnerLease : public std::enable_shared_from_this<OwnerLease> {
 public:
  OwnerLease(std::shared_ptr<Link> link, const Place& place, std::string_view member, driver::Millis lease);

  /// After the lease was won or lost, or with why it cannot be had. On any thread.
  using Changed = std::function<void(const Error& why)>;
  /// For each session.
  void join(Changed changed);
  /// Whether this member may hand out messages now. The server knows that it owns the lease until then.
  [[nodiscard]] bool held() const;
  /// After another's death its messages come back first, so that they are handed out before later ones.
  [[nodiscard]] driver::Deadline not_before() const;
  /// Its last session has left; who comes then needs a new one.
  [[nodiscard]] bool over() const;
  /// For each session; the last one gives it up. Then `done`, which may be at once.
  void leave(std::function<void()> done);

 private:
  using Lock = std::unique_lock<std::mutex>;
  void step();
  void next(driver::Millis pause);
  void look();
  void looked(const Result<Json>& answer);
  void write();
  void written(Result<Json> answer, driver::Deadline sent, bool after_death);
  void make_bucket();
  void tell(const Error& why = {});

  const std::shared_ptr<Link> link_;
  driver::Runtime& runtime_;
  const std::string bucket_, key_, member_;
  const driver::Millis lease_;
  const bool may_make_;

  mutable std::mutex mutex_;
  OwnerWatch watch_;
  bool owner_ = false, unsure_ = false, released_ = false;  // unsure: whether the last write took place
  std::size_t sessions_ = 0;
  std::uint64_t revision_ = 0;
  driver::Deadline valid_ = {}, not_before_ = {};
  std::vector<Changed> changed_;
};

}  // namespace ductape::inline v0::nats
