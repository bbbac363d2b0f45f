// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/kafka/broadcasts.h"
#include "providers/kafka/link.h"
#include "providers/kafka/session_end.h"

namespace ductape::inline v0::kafka {

/// Sends over the link's producer. The library keeps a copy of each message, as it may still have one when this session
/// must have ended.
class PublisherSession final : public std::enable_shared_from_this<PublisherSession> {
 public:
  static constexpr std::size_t window = 16'384;
  struct Outcome {
    driver::Tag tag = 0;
    Error error = {};
    std::string native_id = {};
  };

  PublisherSession(std::shared_ptr<Link> link, std::shared_ptr<Broadcasts> broadcasts, driver::PublishSink& sink)
      : link_(std::move(link)), broadcasts_(std::move(broadcasts)), sink_(sink) {}

  void start() { number_ = link_->add(shared_from_this()); }
  /// Ends before it began.
  void refuse(Error why);
  std::size_t submit(std::span<const driver::Record> records);
  /// What the library was given it does not give back, sent or not.
  std::vector<driver::Tag> recall(std::span<const driver::Tag> tags);
  void stop(driver::Deadline deadline);
  void await_end() { end_.wait(); }

  // In the link's thread.
  void report(std::vector<Outcome> outcomes);
  void end(Error why);
  /// No broker can be reached: what waits for its topic has waited long enough.
  void unreachable(const Error& why);

 private:
  void take(const driver::Record& record);
  bool send(const driver::Record& record, Link::Target& target);
  void advance();
  void tell();
  void known_now(const std::string& topic, Error why);

  const std::shared_ptr<Link> link_;
  const std::shared_ptr<Broadcasts> broadcasts_;
  driver::PublishSink& sink_;
  std::uint64_t number_ = 0;
  SessionEnd end_;

  std::mutex mutex_;
  std::deque<driver::Record> pending_;   // behind one whose topic is not known yet, or for which there was no room
  std::vector<Outcome> outcomes_;        // known at once
  std::map<std::string, Error> failed_;  // topics that are not there
  std::size_t unanswered_ = 0;
  bool wants_room_ = false, closing_ = false, asking_ = false;
};

}  // namespace ductape::inline v0::kafka
