// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/rabbitmq/frames.h"

namespace ductape::inline v0::rabbitmq::method {

// Each appends one method, as a frame, to what is sent. Names come from us or were checked, so that they fit.

void open_channel(std::string& out, std::uint16_t channel);
void close_channel(std::string& out, std::uint16_t channel);
void confirm_select(std::string& out, std::uint16_t channel);

struct Exchange {
  std::string_view name = {}, type = {};
  bool passive = false;  ///< only look whether it is there
};
void declare_exchange(std::string& out, std::uint16_t channel, const Exchange& exchange);
void delete_unused_exchange(std::string& out, std::uint16_t channel, std::string_view name);

struct Queue {
  std::string_view name = {};
  bool passive = false;
  const Table* arguments = nullptr;
};
void declare_queue(std::string& out, std::uint16_t channel, const Queue& queue);
void delete_queue(std::string& out, std::uint16_t channel, std::string_view name);
void bind_queue(std::string& out, std::uint16_t channel, std::string_view queue, std::string_view exchange,
                std::string_view routing_key);

/// For consumers that begin after it.
void set_prefetch(std::string& out, std::uint16_t channel, std::uint16_t count);
void consume(std::string& out, std::uint16_t channel, std::string_view queue, std::string_view consumer);
void cancel(std::string& out, std::uint16_t channel, std::string_view consumer);
void get(std::string& out, std::uint16_t channel, std::string_view queue);
void ack(std::string& out, std::uint16_t channel, std::uint64_t delivery, bool all_before);
void requeue(std::string& out, std::uint16_t channel, std::uint64_t delivery);

/// The content comes behind it. False: a name is too long.
bool publish(std::string& out, std::uint16_t channel, std::string_view exchange, std::string_view routing_key);

}  // namespace ductape::inline v0::rabbitmq::method
