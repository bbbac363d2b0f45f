// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq::method {

void open_channel(std::string& out, std::uint16_t channel) {
  amqp_channel_open_t asked{};
  write_method(out, channel, AMQP_CHANNEL_OPEN_METHOD, &asked);
}

void close_channel(std::string& out, std::uint16_t channel) {
  amqp_channel_close_t asked{};
  asked.reply_code = AMQP_REPLY_SUCCESS;
  write_method(out, channel, AMQP_CHANNEL_CLOSE_METHOD, &asked);
}

void confirm_select(std::string& out, std::uint16_t channel) {
  amqp_confirm_select_t asked{};
  write_method(out, channel, AMQP_CONFIRM_SELECT_METHOD, &asked);
}

void declare_exchange(std::string& out, std::uint16_t channel, const Exchange& exchange) {
  amqp_exchange_declare_t asked{};
  asked.exchange = bytes_of(exchange.name);
  asked.type = bytes_of(exchange.type);
  asked.passive = exchange.passive ? 1 : 0;
  asked.durable = 1;
  write_method(out, channel, AMQP_EXCHANGE_DECLARE_METHOD, &asked);
}

void delete_unused_exchange(std::string& out, std::uint16_t channel, std::string_view name) {
  amqp_exchange_delete_t asked{};
  asked.exchange = bytes_of(name);
  asked.if_unused = 1;
  write_method(out, channel, AMQP_EXCHANGE_DELETE_METHOD, &asked);
}

void declare_queue(std::string& out, std::uint16_t channel, const Queue& queue) {
  amqp_queue_declare_t asked{};
  asked.queue = bytes_of(queue.name);
  asked.passive = queue.passive ? 1 : 0;
  asked.durable = 1;
  if (queue.arguments != nullptr) asked.arguments = queue.arguments->get();
  write_method(out, channel, AMQP_QUEUE_DECLARE_METHOD, &asked);
}

void delete_queue(std::string& out, std::uint16_t channel, std::string_view name) {
  amqp_queue_delete_t asked{};
  asked.queue = bytes_of(name);
  write_method(out, channel, AMQP_QUEUE_DELETE_METHOD, &asked);
}

void bind_queue(std::string& out, std::uint16_t channel, std::string_view queue, std::string_view exchange,
                std::string_view routing_key) {
  amqp_queue_bind_t asked{};
  asked.queue = bytes_of(queue);
  asked.exchange = bytes_of(exchange);
  asked.routing_key = bytes_of(routing_key);
  write_method(out, channel, AMQP_QUEUE_BIND_METHOD, &asked);
}

void set_prefetch(std::string& out, std::uint16_t channel, std::uint16_t count) {
  amqp_basic_qos_t asked{};
  asked.prefetch_count = count;
  write_method(out, channel, AMQP_BASIC_QOS_METHOD, &asked);
}

void consume(std::string& out, std::uint16_t channel, std::string_view queue, std::string_view consumer) {
  amqp_basic_consume_t asked{};
  asked.queue = bytes_of(queue);
  asked.consumer_tag = bytes_of(consumer);
  write_method(out, channel, AMQP_BASIC_CONSUME_METHOD, &asked);
}

void cancel(std::string& out, std::uint16_t channel, std::string_view consumer) {
  amqp_basic_cancel_t asked{};
  asked.consumer_tag = bytes_of(consumer);
  write_method(out, channel, AMQP_BASIC_CANCEL_METHOD, &asked);
}

void get(std::string& out, std::uint16_t channel, std::string_view queue) {
  amqp_basic_get_t asked{};
  asked.queue = bytes_of(queue);
  write_method(out, channel, AMQP_BASIC_GET_METHOD, &asked);
}

void ack(std::string& out, std::uint16_t channel, std::uint64_t delivery, bool all_before) {
  amqp_basic_ack_t said{};
  said.delivery_tag = delivery;
  said.multiple = all_before ? 1 : 0;
  write_method(out, channel, AMQP_BASIC_ACK_METHOD, &said);
}

void requeue(std::string& out, std::uint16_t channel, std::uint64_t delivery) {
  amqp_basic_nack_t said{};
  said.delivery_tag = delivery;
  said.requeue = 1;
  write_method(out, channel, AMQP_BASIC_NACK_METHOD, &said);
}

bool publish(std::string& out, std::uint16_t channel, std::string_view exchange, std::string_view routing_key) {
  amqp_basic_publish_t said{};
  said.exchange = bytes_of(exchange);
  said.routing_key = bytes_of(routing_key);
  said.mandatory = 1;
  return write_method(out, channel, AMQP_BASIC_PUBLISH_METHOD, &said);
}

}  // namespace ductape::inline v0::rabbitmq::method
