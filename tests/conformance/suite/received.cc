// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/received.h"

#include <algorithm>
#include <iterator>

namespace ductape::inline v0::testing::conformance {

Arrival::Arrival(const Context& context)
    : id(context.id()),
      key(context.message().key()),
      body(context.message().text()),
      content_type(context.message().content_type()),
      event(context.message().event()),
      product(context.message().product()),
      env(context.message().env()),
      group(context.group()),
      time(context.message().time()),
      deliveries(context.deliveries()),
      attempt(context.attempt()) {
  for (const auto& [name, value] : context.headers()) headers.emplace_back(name, value);
}

void Received::add(const Context& context) {
  Arrival arrival(context);
  std::lock_guard lock(mutex_);
  all_.push_back(std::move(arrival));
}

std::size_t Received::count() const {
  std::lock_guard lock(mutex_);
  return all_.size();
}

std::vector<Arrival> Received::all() const {
  std::lock_guard lock(mutex_);
  return all_;
}

std::vector<std::string> Received::ids() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& arrival : all_) ids.push_back(arrival.id);
  return ids;
}

std::vector<std::string> Received::bodies() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> bodies;
  for (const auto& arrival : all_) bodies.push_back(arrival.body);
  return bodies;
}

void Kept::add(Delivery delivery) {
  std::lock_guard lock(mutex_);
  ++total_;
  // One that is not kept is abandoned when this function returns, after the lock is released.
  if (!ended_) held_.push_back(std::move(delivery));
}

std::size_t Kept::total() const {
  std::lock_guard lock(mutex_);
  return total_;
}

std::size_t Kept::held() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

std::optional<Delivery> Kept::take() {
  std::lock_guard lock(mutex_);
  if (held_.empty()) return std::nullopt;
  std::optional<Delivery> first(std::move(held_.front()));
  held_.pop_front();
  return first;
}

std::optional<Delivery> Kept::take(std::string_view key) {
  std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(held_.begin(), held_.end(), [&](const Delivery& one) { return one.message().key() == key; });
  if (found == held_.end()) return std::nullopt;
  std::optional<Delivery> first(std::move(*found));
  held_.erase(found);
  return first;
}

std::vector<Delivery> Kept::take_all() {
  std::lock_guard lock(mutex_);
  std::vector<Delivery> all(std::make_move_iterator(held_.begin()), std::make_move_iterator(held_.end()));
  held_.clear();
  return all;
}

void Kept::end() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  take_all();
}

}  // namespace ductape::inline v0::testing::conformance
