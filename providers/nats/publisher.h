// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>

#include "providers/nats/session.h"
#include "providers/nats/topology.h"

namespace ductape::inline v0::nats {

/// Sends to the streams, at most `window` records at a time that are not answered yet.
class PublisherSession final : public Session {
 public:
  static constexpr std::size_t window = 4096;

  PublisherSession(std::shared_ptr<Link> link, StreamSettings settings, driver::PublishSink& sink)
      : Session(std::move(link)), settings_(std::move(settings)), sink_(sink) {}

  void start();
  std::size_t submit(std::span<const driver::Record> records);
  std::vector<driver::Tag> recall(std::span<const driver::Tag> tags);

 private:
  struct Outcome {
    driver::Tag tag = 0;
    Error error = {};
    std::string native_id = {};
    bool duplicate = false;
  };

  struct Making {
    bool asked = false;
    Error failure = {};
  };

  void send(const driver::Record& record, bool more);
  void make_stream(driver::Tag tag, const Place& place);
  void answered(Outcome outcome);
  void tell();
  void begin_stop() override;
  void on_end(const Error&) override {}
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  const StreamSettings settings_;
  driver::PublishSink& sink_;
  std::mutex mutex_;
  std::vector<Outcome> outcomes_;  // not told yet
  std::map<std::string, Making> making_;
  std::size_t unanswered_ = 0;  // by the sink's count: until it is told
  std::size_t failures_ = 0;    // of those answered: a later message of a key waits until the sink knows
  bool wants_room_ = false, closing_ = false;
};

/// What an answer to a publish says. Errors are of `outcome_unknown`, or the server does not have the message.
struct Confirmation {
  std::string native_id = {};  ///< "<stream>:<sequence>"
  bool duplicate = false;
};
Result<Confirmation> read_confirmation(Result<MessagePtr> message, std::string_view subject);

}  // namespace ductape::inline v0::nats
