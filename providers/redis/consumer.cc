// SPDX-License-Identifier: Apache-2.0
// What a member reads, and how it comes to it.
#include "providers/redis/consumer.h"

#include <algorithm>

#include "providers/redis/errors.h"
#include "providers/redis/scripts.h"

namespace ductape::inline v0::redis {

using namespace driver;
using namespace std::chrono_literals;

namespace {

constexpr Millis usual_beat = 1s;
constexpr Millis between_alive = 100ms;
constexpr std::size_t most_at_once = 256;

// A read that waits longer than a beat would hide that the server is gone, and a lease is counted from its beginning.
Millis patience_of_read(Millis lease) { return std::clamp(lease / 4, Millis(20), Millis(1'000)); }

}  // namespace

GroupConsumer::GroupConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access,
                             std::shared_ptr<Presence> presence, Runtime& runtime, Place place, const GroupSpec& group,
                             Millis lease, ConsumeSink& sink)
    : net::Session(loop),
      access_(std::move(access)),
      presence_(std::move(presence)),
      runtime_(runtime),
      place_(std::move(place)),
      group_(group.name),
      member_(group.member),
      keys_(place_.topic, group.name),
      alone_(place_.ordered || group.mode == GroupSpec::exclusive),
      lease_(lease),
      sink_(sink),
      beat_(loop),
      giving_back_(loop) {}

void GroupConsumer::start() {
  post([this] {
    presence_->begins(keys_.members, member_);
    const auto linked_if_both = [this] { linked(); };
    const auto closed = [this](Error why) { end(std::move(why)); };
    reading_ = std::make_unique<Dialogue>(loop_, *access_, linked_if_both, closed);
    settling_ = std::make_unique<Dialogue>(loop_, *access_, linked_if_both, closed);
  });
}

void GroupConsumer::linked() {
  if (!reading_->is_ready() || !settling_->is_ready()) return;
  reading_->ask({"CLIENT", "ID"}, [this](const Reply& reply) {
    const ReplyView id(reply.get());
    if (!id.is_error()) reader_ = std::to_string(id.number());
  });
  beat();
}

void GroupConsumer::credit(std::size_t messages, std::size_t bytes) {
  post([this, messages, bytes] {
    window_ = messages;
    window_bytes_ = bytes;
    if (window_ == 0) stop_reading();
    fetch();
  });
}

// What a waiting read brings later would lie here, out of others' reach.
void GroupConsumer::stop_reading() {
  if (asked_ && !reader_.empty()) settling_->ask({"CLIENT", "UNBLOCK", reader_}, [](const Reply&) {});
}

std::size_t GroupConsumer::room(std::size_t coming) const {
  const auto messages = held_.size() + coming, bytes = held_bytes_ + coming * average_;
  if (messages >= window_ || bytes >= window_bytes_) return 0;
  const auto by_bytes = (window_bytes_ - bytes) / std::max<std::size_t>(average_, 1);
  return std::min({window_ - messages, std::max<std::size_t>(by_bytes, 1), most_at_once});
}

// What is ours already goes first, then what others left, then what is new.
void GroupConsumer::fetch() {
  if (leaving_ || !may_read_ || is_over()) return;
  hand_out();
  const auto most = room();
  if (asked_ || most == 0 || is_over()) return;
  if (taking_over_)
    take_over(most);
  else
    read_new(most);
}

void GroupConsumer::read_new(std::size_t most) {
  asked_ = true;
  Command command{"XREADGROUP", "GROUP", group_, member_, "COUNT"};
  command.add(most).add("BLOCK").add(patience_of_read(lease_).count()).add("STREAMS").add(place_.stream).add(">");
  reading_->ask(command, [this, most, asked = runtime_.now()](const Reply& reply) {
    asked_ = false;
    came(reply, most, asked);
  });
}

void GroupConsumer::came(const Reply& reply, std::size_t most, Deadline asked) {
  const ReplyView answer(reply.get());
  if (trouble(answer)) return;
  const auto entries = answer[0][1];
  const bool backlog = entries.size() == most;
  if (entries.size() > 0) {
    // The server works on the next while these are read.
    const auto more = backlog && unread_.empty() && !taking_over_ && may_read_ && !leaving_ ? room(entries.size()) : 0;
    if (more > 0) read_new(more);
    const auto batch = std::make_shared<Batch>(reply);
    for (std::size_t i = 0; i < entries.size(); ++i)
      keep_unread(batch->read(entries[i][0], entries[i][1], 1, is_own_stream()), entries[i][0], asked, false);
  }
  heard(runtime_.now());
  if (backlog || entries.size() == 0) {
    fetch();
  } else {
    // All that waited is here: it is handled before more is asked for.
    hand_out();
    post([this] { fetch(); });
  }
  leave_if_done();
}

// After a session of this member's that broke, or of another that owned the group, what they had is ours.
void GroupConsumer::take_over(std::size_t most) {
  asked_ = true;
  auto command = eval(take_script, {place_.stream, keys_.counts});
  command.add(group_).add(member_).add(alone_ ? "all" : "own").add(0).add(cursor_).add(most);
  reading_->ask(command, [this, asked = runtime_.now()](const Reply& reply) {
    asked_ = false;
    if (!taken(reply, asked)) return;
    cursor_ = ReplyView(reply.get())[0].text();
    taking_over_ = !cursor_.empty();
    heard(runtime_.now());
    fetch();
    leave_if_done();
  });
}

// Those who died hold messages until their lease is over.
void GroupConsumer::take_expired() {
  const auto most = room();
  if (leaving_ || alone_ || most == 0) return;
  auto command = eval(take_script, {place_.stream, keys_.counts});
  command.add(group_).add(member_).add("idle").add(lease_.count()).add("").add(most);
  ++unsettled_;
  settling_->ask(command, [this, asked = runtime_.now()](const Reply& reply) {
    --unsettled_;
    if (!taken(reply, asked)) return;
    fetch();
    leave_if_done();
  });
}

bool GroupConsumer::taken(const Reply& reply, Deadline asked) {
  const ReplyView answer(reply.get());
  if (trouble(answer)) return false;
  const auto gone = answer[1].number();
  const auto entries = answer[2];
  if (entries.size() > 0) {
    const auto batch = std::make_shared<Batch>(reply);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto entry = entries[i];
      auto message = batch->read(entry[0], entry[2], static_cast<std::uint32_t>(entry[1].number()), is_own_stream());
      const bool marked = entry[3].number() > 0;
      if (marked) {
        message.failures = static_cast<std::uint32_t>(entry[3].number());
        message.first_failure = WallTime(Millis(entry[4].number()));
      }
      keep_unread(std::move(message), entry[0], asked, marked);
    }
  }
  if (gone > 0) tell([&] { sink_.gap(0, static_cast<std::uint64_t>(gone)); });
  return !is_over();
}

void GroupConsumer::keep_unread(Delivered message, ReplyView id, Deadline asked, bool marked) {
  Held held{.id = EntryId::parse(id.text()),
            .handed_out = message.deliveries.value_or(1),
            .bytes = message.body.size(),
            .marked = marked,
            .lease = asked + lease_,
            .message = std::move(message)};
  average_ = average_ == 0 ? held.bytes : (average_ * 7 + held.bytes) / 8;
  unread_.insert_or_assign(unread_.end(), held.id, std::move(held));
}

void GroupConsumer::hand_out() {
  std::vector<Delivered> messages;
  if (alone_ && runtime_.now() >= owner_until_) return;
  while (!unread_.empty() && room() > 0 && may_read_ && !leaving_) {
    auto held = std::move(unread_.extract(unread_.begin()).mapped());
    const auto tag = ++last_tag_;
    held.message.tag = tag;
    held.message.lease = held.lease;
    held_bytes_ += held.bytes;
    if (alone_)
      messages.push_back(held.message);
    else
      messages.push_back(std::move(held.message));
    held_.emplace(tag, std::move(held));
  }
  if (!messages.empty()) tell([&] { sink_.delivered(messages); });
}

void GroupConsumer::heard(Deadline when) {
  if (when - told_alive_ < between_alive) return;
  told_alive_ = when;
  tell([&] { sink_.alive(when); });
}

void GroupConsumer::beat() {
  const auto now = runtime_.now();
  look_at_ownership();
  wake_at(now + std::min(usual_beat, std::max(lease_ / 4, Millis(20))));
  auto command = eval(beat_script, {place_.topic, keys_.retry, keys_.wait, keys_.members, keys_.owner, keys_.counts});
  command.add(group_).add(member_).add(6 * usual_beat.count()).add(alone_ ? lease_.count() : 0);
  settling_->ask(command, [this, now](const Reply& reply) { beaten(reply, now); });
  if (!asked_) reading_->ask({"PING"}, [this](const Reply&) { heard(runtime_.now()); });
  if (may_read_) take_expired();
  if (window_ == 0 && !alone_) give_back_unread();
}

// The first of what it is given holds; a beat sets the time of the next.
void GroupConsumer::wake_at(Deadline due) {
  next_beat_ = due;
  beat_.at(due, [this] { beat(); });
}

void GroupConsumer::beaten(const Reply& reply, Deadline asked) {
  const ReplyView answer(reply.get());
  if (trouble(answer)) return;
  unfinished_ = static_cast<std::uint64_t>(answer[2].number());
  // Whichever of the group's sessions asked first is told, once.
  if (const auto gone = answer[3].number(); gone > 0) tell([&] { sink_.gap(0, static_cast<std::uint64_t>(gone)); });
  if (is_over()) return;
  if (const auto due = answer[1].number(); due >= 0 && asked + Millis(due) < next_beat_)
    wake_at(runtime_.now() + Millis(due));
  const bool before = may_read_;
  may_read_ = answer[0].number() == 1;
  if (may_read_) owner_until_ = asked + lease_;
  if (may_read_ && !before) {
    taking_over_ = true;
    cursor_.clear();
  } else if (!may_read_ && before) {
    owner_until_ = asked;
    look_at_ownership();
  }
  heard(runtime_.now());
  fetch();
  leave_if_done();
}

// A member that stood still for longer than it owned the group has nothing any more.
void GroupConsumer::look_at_ownership() {
  if (!alone_ || runtime_.now() < owner_until_) return;
  may_read_ = false;
  unread_.clear();
  std::vector<Tag> tags;
  for (const auto& [tag, held] : held_) tags.push_back(tag);
  held_.clear();
  held_bytes_ = 0;
  if (!tags.empty()) tell([&] { sink_.lost(tags, lost()); });
}

bool GroupConsumer::trouble(ReplyView reply) {
  if (!reply.is_error()) return false;
  const auto text = reply.text();
  const bool gone = text.find("NOGROUP") != std::string_view::npos || text.starts_with("UNBLOCKED") ||
                    text.find("no such key") != std::string_view::npos;
  if (gone)
    make_group_again();
  else
    end(from_reply(text, access_->endpoint.text()));
  return true;
}

// Somebody emptied the server, or removed the group. What is there is read from its beginning: some of it once more.
void GroupConsumer::make_group_again() {
  if (leaving_ || std::exchange(making_, true)) return;
  auto command = eval(provision_script, {place_.topic, keys_.retry});
  command.add(group_).add("0").add(place_.may_make ? "1" : "0");
  settling_->ask(command, [this](const Reply& reply) {
    making_ = false;
    const ReplyView answer(reply.get());
    if (answer.is_error()) return end(from_reply(answer.text(), access_->endpoint.text()));
    if (!place_.may_make && answer.size() > 0) return end(not_to_be_made("group " + group_ + " of " + place_.topic));
    bool emptied = false;
    for (std::size_t i = 0; i < answer.size(); ++i) emptied |= answer[i].text() == "stream";
    if (emptied) {
      const auto count = std::max<std::uint64_t>(unfinished_, 1);
      settling_->ask({"HINCRBY", keys_.counts, "data_loss", std::to_string(count)}, [](const Reply&) {});
      tell([&] { sink_.gap(0, count); });
    }
    if (!is_over()) beat();
  });
}

}  // namespace ductape::inline v0::redis
