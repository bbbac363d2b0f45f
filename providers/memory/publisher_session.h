// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/memory/session.h"

namespace ductape::inline v0::memory {

/// A publisher's connection. Takes at most `window` records that are not answered yet.
class PublisherSession final : public Session {
 public:
  static constexpr std::size_t window = 4096;
  /// Without an answer for so long it ends, as one does that looks after its connection.
  static constexpr driver::Millis patience{5'000};

  PublisherSession(std::shared_ptr<Server> server, driver::Runtime& runtime, driver::PublishSink& sink)
      : Session(std::move(server), runtime), sink_(sink) {}

  std::size_t submit(std::span<const driver::Record> records);
  void stop(driver::Deadline deadline);
  void forget() override;

 private:
  void publish(std::span<const driver::Record> records);
  void on_end(const Error&) override {}
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  driver::PublishSink& sink_;
  std::size_t unanswered_ = 0;
  bool stopping_ = false, wants_room_ = false;
};

}  // namespace ductape::inline v0::memory
