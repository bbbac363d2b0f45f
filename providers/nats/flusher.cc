// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/flusher.h"

namespace ductape::inline v0::nats {
namespace {

constexpr driver::Millis flush_patience{1'000};

}  // namespace

Flusher::Flusher(std::function<void(std::vector<Token>)> flushed)
    : flushed_(std::move(flushed)), thread_([this] { run(); }) {}

Flusher::~Flusher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Flusher::await(const std::shared_ptr<Client>& client, std::vector<Token> written) {
  {
    const std::lock_guard lock(mutex_);
    if (client_ != client) written_.clear();
    client_ = client;
    written_.insert(written_.end(), written.begin(), written.end());
  }
  wake_.notify_one();
}

void Flusher::run() {
  for (std::unique_lock lock(mutex_);;) {
    wake_.wait(lock, [this] { return stopping_ || !written_.empty(); });
    if (stopping_) return;
    const auto client = client_;
    auto written = std::exchange(written_, {});
    lock.unlock();
    const bool there = client->flush(flush_patience);
    if (there) flushed_(std::move(written));
    lock.lock();
    // Of a server that is slow; they go with the next, which it has later.
    if (!there && client_ == client) written_.insert(written_.begin(), written.begin(), written.end());
    if (!there && client->is_over()) written_.clear();
  }
}

}  // namespace ductape::inline v0::nats
