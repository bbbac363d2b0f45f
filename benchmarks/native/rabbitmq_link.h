// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <string>
#include <string_view>

#include "benchmarks/native/workload.h"

namespace bench {

inline amqp_bytes_t bytes_of(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

/// A connection of rabbitmq-c with one channel.
class RabbitmqLink {
 public:
  static constexpr amqp_channel_t channel = 1;

  explicit RabbitmqLink(std::size_t port) : native_(amqp_new_connection()) {
    auto* socket = amqp_tcp_socket_new(native_);
    if (amqp_socket_open(socket, "127.0.0.1", static_cast<int>(port)) != AMQP_STATUS_OK)
      give_up("no connection to rabbitmq");
    if (amqp_login(native_, "/", 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type !=
        AMQP_RESPONSE_NORMAL)
      give_up("no login");
    amqp_channel_open(native_, channel);
    check("channel");
  }
  RabbitmqLink(const RabbitmqLink&) = delete;
  RabbitmqLink& operator=(const RabbitmqLink&) = delete;
  ~RabbitmqLink() {
    amqp_connection_close(native_, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(native_);
  }

  [[nodiscard]] amqp_connection_state_t native() const { return native_; }
  void check(const std::string& what) const {
    if (amqp_get_rpc_reply(native_).reply_type != AMQP_RESPONSE_NORMAL) give_up("rabbitmq: " + what);
  }
  static void check(int status, const std::string& what) {
    if (status != AMQP_STATUS_OK) give_up("rabbitmq: " + what + ": " + amqp_error_string2(status));
  }

 private:
  const amqp_connection_state_t native_;
};

}  // namespace bench
