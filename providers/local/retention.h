// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "providers/local/engine.h"

/// Removes what every group of a topic has finished, from its oldest message on: nothing behind one that somebody still
/// needs, so that offsets stay without gaps. In small steps, each part of an ordinary transaction.
namespace ductape::inline v0::local {

/// One step by age over all topics of the file. Whether there is more to remove.
bool remove_old(Tables& tables, std::int64_t now);

/// Removes the topic's oldest ones until it has at least `bytes` less, or there is nothing to remove. Gives how many
/// bytes that were.
std::int64_t make_room(Tables& tables, const Topic& topic, std::int64_t bytes);

/// Lets an engine do so at once and then each minute. Thread-safe.
class Retention : public std::enable_shared_from_this<Retention> {
 public:
  explicit Retention(const std::shared_ptr<Engine>& engine) : engine_(engine), runtime_(engine->runtime()) {}
  void start();
  void stop();

 private:
  class Step;
  void step();
  void sleep();

  std::weak_ptr<Engine> engine_;
  driver::Runtime& runtime_;
  std::mutex mutex_;
  bool stopped_ = false;              // guarded by mutex_
  driver::Runtime::Timer timer_ = 0;  // guarded by mutex_
};

}  // namespace ductape::inline v0::local
