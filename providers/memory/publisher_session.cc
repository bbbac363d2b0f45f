// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/publisher_session.h"

namespace ductape::inline v0::memory {

std::size_t PublisherSession::submit(std::span<const driver::Record> records) {
  std::lock_guard lock(server_->mutex);
  if (ended() || stopping_) return 0;
  const auto taken = std::min(records.size(), window - unanswered_);
  if (taken < records.size()) wants_room_ = true;
  if (taken == 0) return 0;
  unanswered_ += taken;
  request([this, batch = std::vector(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(taken))] {
    publish(batch);
  });
  return taken;
}

void PublisherSession::publish(std::span<const driver::Record> records) {
  std::vector<Server::Accepted> accepted;
  std::vector<driver::Sent> sent;
  bool room = false;
  {
    std::lock_guard lock(server_->mutex);
    if (ended() || forgotten()) return;
    accepted.reserve(records.size());
    for (const auto& record : records) {
      accepted.push_back(server_->publish(record, runtime_));
      if (server_->faults.lose_receipts > 0 && (--server_->faults.lose_receipts == 0 || &record == &records.back())) {
        server_->pump_changed(runtime_);
        return server_->cut(*this);
      }
    }
    server_->pump_changed(runtime_);
    unanswered_ -= records.size();
    room = wants_room_ && unanswered_ <= window / 2;
    if (room) wants_room_ = false;
  }
  for (std::size_t i = 0; i < records.size(); ++i)
    sent.push_back({records[i].tag, accepted[i].error, accepted[i].native_id, accepted[i].duplicate});
  sink_.sent(sent);
  if (room) sink_.writable();
}

void PublisherSession::stop(driver::Deadline deadline) {
  std::lock_guard lock(server_->mutex);
  if (!std::exchange(stopping_, true))
    request([this] {
      std::lock_guard inner(server_->mutex);
      end({});
    });
  stop_at(deadline);
}

void PublisherSession::forget() {
  Session::forget();
  runtime_.at(runtime_.now() + patience, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    const auto& publisher = static_cast<const PublisherSession&>(*self);
    std::lock_guard lock(publisher.server_->mutex);
    self->end({.code = Errc::unavailable, .message = "the memory broker did not answer for 5 s", .provider = "memory"});
  });
}

}  // namespace ductape::inline v0::memory
