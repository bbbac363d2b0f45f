// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/owner_lease.h"

#include <algorithm>

#include "providers/nats/base64.h"
#include "providers/nats/envelope.h"
#include "providers/nats/errors.h"
#include "providers/nats/stream_settings.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis look_at_most{1'000};

bool is(const Result<Json>& answer, Errc code) { return !answer && answer.error().code == code; }

// Of the header that makes the server refuse a write to a key which somebody wrote meanwhile.
std::string expected_sequence(std::uint64_t sequence) {
  std::string line;
  add_header_line("Nats-Expected-Last-Subject-Sequence", std::to_string(sequence), line);
  return line;
}

}  // namespace

bool see_owner(OwnerWatch& watch, const Result<Json>& answer, driver::Deadline now) {
  if (is(answer, Errc::not_found)) {
    watch.seen(0, {}, {}, now);
    return true;
  }
  if (!answer || !answer->contains("message")) return false;
  const auto& message = (*answer)["message"];
  const auto owner = Json::parse(from_base64(message.value("data", "")), nullptr, false);
  if (owner.is_object())
    watch.seen(message.value("seq", 0ull), owner.value("member", ""),
               driver::Millis(owner.value("lease_ms", std::int64_t{0})), now);
  else
    watch.seen(message.value("seq", 0ull), {}, {}, now);
  return true;
}

OwnerLease::OwnerLease(std::shared_ptr<Link> link, const Place& place, std::string_view member, driver::Millis lease)
    : link_(std::move(link)),
      runtime_(link_->runtime()),
      bucket_(owner_bucket(place)),
      key_(owner_subject(place)),
      member_(member),
      lease_(lease),
      may_make_(place.may_make) {}

void OwnerLease::join(Changed changed) {
  {
    Lock lock(mutex_);
    changed_.push_back(std::move(changed));
    if (sessions_++ > 0) return;
  }
  look();
}

bool OwnerLease::held() const {
  Lock lock(mutex_);
  return owner_ && !released_ && runtime_.now() < valid_;
}

bool OwnerLease::over() const {
  Lock lock(mutex_);
  return released_;
}

driver::Deadline OwnerLease::not_before() const {
  Lock lock(mutex_);
  return not_before_;
}

void OwnerLease::next(driver::Millis pause) {
  runtime_.at(runtime_.now() + pause, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->step();
  });
}

void OwnerLease::step() {
  bool renew = false;
  {
    Lock lock(mutex_);
    if (released_) return;
    renew = owner_ && !unsure_;
  }
  renew ? write() : look();
}

void OwnerLease::look() {
  ask_jetstream(*link_, "STREAM.MSG.GET.KV_" + bucket_, {{"last_by_subj", key_}}, "owner of " + key_,
                [weak = weak_from_this()](const Result<Json>& answer) {
                  if (const auto self = weak.lock()) self->looked(answer);
                });
}

void OwnerLease::looked(const Result<Json>& answer) {
  bool take = false, lost = false;
  {
    Lock lock(mutex_);
    if (released_) return;
    const auto now = runtime_.now();
    const bool known = see_owner(watch_, answer, now);
    const bool mine = known && watch_.member() == member_;
    take = known && (mine || watch_.free() || watch_.over(now));
    lost = known && !mine && std::exchange(owner_, false);
    if (known) unsure_ = false;
    if (mine) revision_ = watch_.revision();
  }
  if (lost) tell();
  take ? write() : next(std::min(lease_ / 4, look_at_most));
}

void OwnerLease::write() {
  const auto now = runtime_.now();
  std::uint64_t expected = 0;
  bool after_death = false;
  {
    Lock lock(mutex_);
    expected = owner_ ? revision_ : watch_.revision();
    after_death = !owner_ && watch_.over(now) && watch_.member() != member_;
  }
  const Json value{{"member", member_}, {"lease_ms", lease_.count()}};
  link_->ask(key_, value.dump(), expected_sequence(expected), now + lease_ / 2,
             [weak = weak_from_this(), now, after_death](Result<MessagePtr> message) {
               const auto self = weak.lock();
               if (self) self->written(read_answer(std::move(message), "owner of " + self->key_), now, after_death);
             });
}

void OwnerLease::written(Result<Json> answer, driver::Deadline sent, bool after_death) {
  bool won = false;
  {
    Lock lock(mutex_);
    if (released_) return;
    if (answer) {
      won = !std::exchange(owner_, true);
      if (won && after_death) not_before_ = runtime_.now() + lease_ / 2;
      revision_ = answer->value("seq", 0ull);
      valid_ = sent + lease_;
    }
    unsure_ = !answer;
  }
  if (won) tell();
  if (is(answer, Errc::not_found)) return may_make_ ? make_bucket() : tell(not_to_be_made("bucket " + bucket_));
  next(answer ? lease_ / 3 : std::min(lease_ / 4, look_at_most));
}

void OwnerLease::make_bucket() {
  ask_jetstream(*link_, "STREAM.CREATE.KV_" + bucket_, bucket_config(bucket_), "bucket " + bucket_,
                [weak = weak_from_this()](const Result<Json>&) {
                  if (const auto self = weak.lock()) self->look();
                });
}

void OwnerLease::leave(std::function<void()> done) {
  std::uint64_t revision = 0;
  {
    Lock lock(mutex_);
    if (sessions_ == 0 || --sessions_ > 0) {
      lock.unlock();
      return done();
    }
    released_ = true;
    if (std::exchange(owner_, false)) revision = revision_;
  }
  if (revision == 0) return done();
  link_->ask(key_, R"({"member":""})", expected_sequence(revision), runtime_.now() + lease_,
             [done = std::move(done)](const Result<MessagePtr>&) { done(); });
}

void OwnerLease::tell(const Error& why) {
  std::vector<Changed> all;
  {
    Lock lock(mutex_);
    all = changed_;
  }
  for (const auto& one : all) one(why);
}

}  // namespace ductape::inline v0::nats
