// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/link.h"

#include <algorithm>

#include <ductape/units.hpp>
#include <ductape/version.hpp>

#include "providers/rabbitmq/errors.h"

namespace ductape::inline v0::rabbitmq {

using Clock = net::EventLoop::Clock;

namespace {

constexpr std::chrono::seconds look_again(1);
constexpr std::uint8_t protocol_header_frame = 'A';  // as the library calls what is none
constexpr std::string_view protocol_header("AMQP\0\0\x09\x01", 8);

template <class Method>
const Method& as(const amqp_method_t& method) {
  return *static_cast<const Method*>(method.decoded);
}

std::string text_in(const amqp_table_t& in, std::string_view key) {
  for (int i = 0; i < in.num_entries; ++i) {
    const auto& [name, value] = in.entries[i];
    if (view_of(name) == key && (value.kind == AMQP_FIELD_KIND_UTF8 || value.kind == AMQP_FIELD_KIND_BYTES))
      return std::string(view_of(value.value.bytes));
  }
  return {};
}

amqp_method_number_t last_method(std::string_view frames) {
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(frames[i]);
    return value;
  };
  std::size_t at = 0;
  for (std::size_t next = 0; next + 11 < frames.size(); next += number(next + 3) + 8) at = next;
  return number(at + 7);
}

bool has_word(std::string_view words, std::string_view word) {
  return (" " + std::string(words) + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

}  // namespace

Link::Link(net::EventLoop& loop, const Access& access, Sink& sink) : access_(access), sink_(sink), watch_(loop) {
  stream_.emplace(loop, access.endpoint, access.patience, static_cast<net::StreamSink&>(*this));
}

Link::~Link() { *here_ = false; }

void Link::connected() {
  connected_ = true;
  outgoing_ = protocol_header;
  heard_ = sent_ = Clock::now();
  flush();
  watch();
}

void Link::send(std::string& frames) {
  if (outgoing_.empty())
    std::swap(outgoing_, frames);
  else
    outgoing_ += frames;
  frames.clear();
  flush();
}

void Link::ask(std::uint16_t channel, std::string& frames, Answer answer) {
  channels_[channel].answers.push_back({last_method(frames) + 1, std::move(answer)});
  send(frames);
}

// They still come, in their order.
void Link::drop_answers(std::uint16_t channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  for (auto& awaited : found->second.answers) awaited.answer = [](const Result<Reply>&) {};
}

void Link::flush() {
  if (writing_ || outgoing_.empty() || !stream_) return;
  sent_ = Clock::now();
  writing_ = !stream_->write(outgoing_);
}

void Link::written() {
  writing_ = false;
  flush();
}

void Link::received(std::span<const char> bytes) {
  heard_ = Clock::now();
  waits_since_ = Clock::time_point::max();
  const auto here = here_;
  const bool understood = reader_.read(bytes, [&](const amqp_frame_t& frame) {
    take(frame);
    return *here && stream_.has_value();
  });
  if (!*here || !stream_) return;
  if (!understood)
    return fail(failure(Errc::unavailable, access_.endpoint.text() + " does not speak AMQP 0-9-1",
                        "is that the right port? RabbitMQ's are 5672, with TLS 5671"));
  sink_.came();
}

void Link::take(const amqp_frame_t& frame) {
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      return take_method(frame.channel, frame.payload.method);
    case AMQP_FRAME_HEADER: {
      auto& channel = channels_[frame.channel];
      if (!channel.coming) return;
      const auto& header = frame.payload.properties;
      channel.coming->content = std::make_shared<Content>(*static_cast<amqp_basic_properties_t*>(header.decoded),
                                                          view_of(header.raw), header.body_size);
      return finish_content(frame.channel, channel);
    }
    case AMQP_FRAME_BODY: {
      auto& channel = channels_[frame.channel];
      if (!channel.coming || !channel.coming->content) return;
      channel.coming->content->add_body(view_of(frame.payload.body_fragment));
      return finish_content(frame.channel, channel);
    }
    case protocol_header_frame:
      return fail(failure(Errc::unsupported, access_.endpoint.text() + " speaks another AMQP than 0-9-1",
                          "use RabbitMQ 3.10 or newer, or its port for AMQP 0-9-1"));
    default:
      return;  // a heartbeat
  }
}

void Link::finish_content(std::uint16_t number, Channel& channel) {
  if (!channel.coming->content->is_whole()) return;
  auto message = std::move(*channel.coming);
  channel.coming.reset();
  if (channel.coming_with == AMQP_BASIC_DELIVER_METHOD) return sink_.delivered(number, std::move(message));
  if (channel.coming_with == AMQP_BASIC_RETURN_METHOD) return sink_.returned(number, std::move(message));
  answer(number, Reply{.id = AMQP_BASIC_GET_OK_METHOD, .message = &message});
}

void Link::take_method(std::uint16_t number, const amqp_method_t& method) {
  if (number == 0) return take_of_connection(method);
  auto& channel = channels_[number];
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = as<amqp_basic_deliver_t>(method);
      channel.coming = Arrived{.delivery_tag = deliver.delivery_tag, .redelivered = deliver.redelivered != 0};
      channel.coming_with = method.id;
      return;
    }
    case AMQP_BASIC_GET_OK_METHOD: {
      const auto& got = as<amqp_basic_get_ok_t>(method);
      channel.coming = Arrived{.delivery_tag = got.delivery_tag, .redelivered = got.redelivered != 0};
      channel.coming_with = method.id;
      return;
    }
    case AMQP_BASIC_RETURN_METHOD: {
      const auto& back = as<amqp_basic_return_t>(method);
      channel.coming = Arrived{.return_code = back.reply_code, .return_text = std::string(view_of(back.reply_text))};
      channel.coming_with = method.id;
      return;
    }
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = as<amqp_basic_ack_t>(method);
      return sink_.confirmed(number, ack.delivery_tag, ack.multiple != 0, true);
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = as<amqp_basic_nack_t>(method);
      return sink_.confirmed(number, nack.delivery_tag, nack.multiple != 0, false);
    }
    case AMQP_BASIC_CANCEL_METHOD:
      return sink_.cancelled(number);
    case AMQP_CHANNEL_CLOSE_METHOD:
      return end_channel(number, as<amqp_channel_close_t>(method));
    default:
      return answer(number, Reply{.id = method.id, .decoded = method.decoded});
  }
}

void Link::answer(std::uint16_t number, const Reply& reply) {
  const auto id = reply.id == AMQP_BASIC_GET_EMPTY_METHOD ? AMQP_BASIC_GET_OK_METHOD : reply.id;
  auto& answers = channels_[number].answers;
  const auto first = std::ranges::find(answers, id, &Awaited::reply);
  if (first == answers.end()) return;
  const auto answer = std::move(first->answer);
  answers.erase(first);
  // What it did not answer before that it never will.
  if (id == AMQP_CHANNEL_CLOSE_OK_METHOD) channels_.erase(number);
  answer(reply);
}

void Link::end_channel(std::uint16_t number, const amqp_channel_close_t& close) {
  auto why = from_close(close.reply_code, view_of(close.reply_text), access_.endpoint.text());
  amqp_channel_close_ok_t said{};
  std::string frames;
  write_method(frames, number, AMQP_CHANNEL_CLOSE_OK_METHOD, &said);
  send(frames);
  auto channel = std::move(channels_[number]);
  channels_.erase(number);
  const auto here = here_;
  for (const auto& awaited : channel.answers) {
    awaited.answer(why);
    if (!*here) return;
  }
  sink_.channel_closed(number, std::move(why));
}

void Link::take_of_connection(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_CONNECTION_START_METHOD:
      return start(as<amqp_connection_start_t>(method));
    case AMQP_CONNECTION_TUNE_METHOD:
      return tune(as<amqp_connection_tune_t>(method));
    case AMQP_CONNECTION_OPEN_OK_METHOD:
      ready_ = true;
      return sink_.ready();
    case AMQP_CONNECTION_BLOCKED_METHOD:
      blocked_by_ = view_of(as<amqp_connection_blocked_t>(method).reason);
      if (blocked_by_.empty()) blocked_by_ = "low on resources";
      return sink_.blocked(blocked_by_);
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      blocked_by_.clear();
      return;
    case AMQP_CONNECTION_CLOSE_METHOD: {
      const auto& close = as<amqp_connection_close_t>(method);
      return fail(from_close(close.reply_code, view_of(close.reply_text), access_.endpoint.text()));
    }
    default:
      return fail(failure(Errc::unsupported, "rabbitmq at " + access_.endpoint.text() + " wants another way to log in",
                          "let it have the mechanism PLAIN (`auth_mechanisms`)"));
  }
}

void Link::start(const amqp_connection_start_t& start) {
  server_ = "rabbitmq " + text_in(start.server_properties, "version");
  if (!has_word(view_of(start.mechanisms), "PLAIN"))
    return fail(failure(Errc::unsupported, "rabbitmq at " + access_.endpoint.text() + " offers no log-in by password",
                        "let it have the mechanism PLAIN (`auth_mechanisms`)"));
  Table capabilities, properties;
  for (const auto* name : {"authentication_failure_close", "basic.nack", "connection.blocked", "consumer_cancel_notify",
                           "publisher_confirms"})
    capabilities.add(name, true);
  const std::string release(version);
  properties.add("product", "ductape").add("version", release).add("connection_name", access_.connection_name);
  properties.add("capabilities", capabilities);
  std::string response(1, '\0');
  response.append(access_.username).append(1, '\0').append(access_.password.reveal());
  amqp_connection_start_ok_t said{};
  said.client_properties = properties.get();
  said.mechanism = bytes_of("PLAIN");
  said.response = bytes_of(response);
  said.locale = bytes_of("en_US");
  std::string frames;
  write_method(frames, 0, AMQP_CONNECTION_START_OK_METHOD, &said);
  send(frames);
}

// 0 is "no limit".
void Link::tune(const amqp_connection_tune_t& tune) {
  frame_max_ = tune.frame_max == 0 ? access_.frame_max : std::min(access_.frame_max, tune.frame_max);
  heartbeat_ =
      tune.heartbeat == 0 ? access_.heartbeat : std::min(access_.heartbeat, std::chrono::seconds(tune.heartbeat));
  reader_.set_frame_max(frame_max_);
  amqp_connection_tune_ok_t said{};
  said.channel_max = tune.channel_max;
  said.frame_max = frame_max_;
  said.heartbeat = static_cast<std::uint16_t>(heartbeat_.count());
  amqp_connection_open_t asked{};
  asked.virtual_host = bytes_of(access_.vhost);
  std::string frames;
  write_method(frames, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &said);
  write_method(frames, 0, AMQP_CONNECTION_OPEN_METHOD, &asked);
  send(frames);
}

bool Link::waits() const {
  if (!ready_ || sink_.waits()) return true;
  return std::ranges::any_of(channels_, [](const auto& one) { return !one.second.answers.empty(); });
}

// A server that takes no messages says so, and nothing else but its heartbeats; one that stands still says nothing.
void Link::watch() {
  watch_.at(Clock::now() + look_again, [this] {
    const auto now = Clock::now();
    const auto silent = [&](auto since, auto limit) {
      return now - std::max(heard_, since) > limit && since != Clock::time_point::max();
    };
    if (!waits())
      waits_since_ = Clock::time_point::max();
    else if (waits_since_ == Clock::time_point::max())
      waits_since_ = now;
    const bool dead = heartbeat_.count() > 0 && now - heard_ > 2 * heartbeat_ + look_again;
    if (dead || (blocked_by_.empty() && silent(waits_since_, access_.patience)))
      return fail(failure(Errc::unavailable,
                          "rabbitmq at " + access_.endpoint.text() + " did not answer for " +
                              format_duration(std::chrono::duration_cast<std::chrono::seconds>(now - heard_)),
                          "is that the right host and port, does the server stand still, is something in between?"));
    if (ready_ && !writing_ && now - sent_ >= heartbeat_ / 2) {
      std::string frames;
      write_heartbeat(frames);
      send(frames);
    }
    watch();
  });
}

void Link::fail(Error why) {
  stream_.reset();
  watch_.cancel();
  ready_ = false;
  sink_.closed(std::move(why));
}

void Link::closed(Error why) {
  why.provider = "rabbitmq";
  if (connected_ && !ready_ && why.code == Errc::unavailable) {
    why.message = "rabbitmq at " + access_.endpoint.text() + " closed the connection before the log-in: " + why.native;
    why.hint = "does it want TLS (`tls: true`, or amqps://), and is it RabbitMQ's port?";
  }
  fail(std::move(why));
}

}  // namespace ductape::inline v0::rabbitmq
