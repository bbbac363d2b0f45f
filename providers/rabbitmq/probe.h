// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/capabilities.hpp>
#include <map>

#include "providers/rabbitmq/link.h"

namespace ductape::inline v0::rabbitmq {

/// Tries whether the server takes messages, over a connection of its own, as one that it blocks hears nothing else: it
/// publishes one for which there is no queue, and which is so kept nowhere. Thread-safe.
class Prober final : public std::enable_shared_from_this<Prober>, Link::Sink {
 public:
  Prober(net::EventLoop& loop, std::shared_ptr<const Access> access) : loop_(loop), access_(std::move(access)) {}

  /// `done` is called once, in a turn of the loop, at the deadline at the latest.
  void ask(driver::Deadline deadline, driver::Done<driver::Probe> done);
  /// Whether the user may publish there, found out with a message that the server refuses to everybody else; `done` is
  /// called once, in a turn of the loop. Where the server does not say, he may.
  void check_publish(std::string exchange, std::string routing_key, driver::Deadline deadline, driver::Done<void> done);
  /// What was not answered is cancelled. Returns when nothing is being told any more.
  void close();

 private:
  struct Asked {
    explicit Asked(net::EventLoop& loop) : deadline(loop) {}
    driver::Done<driver::Probe> done;
    net::LoopTimer deadline;
  };

  struct Check {
    explicit Check(net::EventLoop& loop) : deadline(loop) {}
    std::string exchange, routing_key;
    driver::Done<void> done;
    net::LoopTimer deadline;
  };

  void connect();
  void try_publishing();
  void begin(std::uint16_t channel, const Check& check);
  void answer(std::uint16_t channel, const Result<void>& allowed);
  void answer_checks();
  void answer_all(const Result<driver::Probe>& probe);
  [[nodiscard]] driver::Probe found() const;
  // Link::Sink
  void ready() override;
  void confirmed(std::uint16_t, std::uint64_t, bool, bool) override;
  void blocked(const std::string&) override;
  void channel_closed(std::uint16_t, Error why) override;
  [[nodiscard]] bool waits() const override { return tried_ || !checks_.empty(); }
  void closed(Error why) override;

  net::EventLoop& loop_;
  const std::shared_ptr<const Access> access_;
  std::unique_ptr<Link> link_;
  std::map<std::uint64_t, std::unique_ptr<Asked>> asked_;
  std::map<std::uint16_t, std::unique_ptr<Check>> checks_;  // each by its channel
  std::uint64_t last_ = 0;
  std::uint16_t last_check_ = 1;
  bool open_ = false, tried_ = false, closed_ = false;
};

}  // namespace ductape::inline v0::rabbitmq
