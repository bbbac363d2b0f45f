// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/engine.h"

#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

// The library wants a consumer to be polled now and then, also if nothing wakes its thread.
constexpr std::chrono::milliseconds longest_sleep(500);
// The library may wait for a coordinator that it does not look for again: what has no answer by then is asked anew.
constexpr driver::Millis one_asking{2'500};

}  // namespace

Result<void> Engine::begin(rd_kafka_type_t type, ConfPtr conf) {
  std::array<char, 512> why{};
  // The library says no more than that a certificate cannot be verified.
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), [](rd_kafka_t*, const char*, std::int32_t, int* fault, int,
                                                      const char*, std::size_t, char*, std::size_t, void* engine) {
    if (*fault == X509_V_OK) return 1;
    static_cast<Engine*>(engine)->certificate_refused(*fault);
    return 0;
  });
  // What matters comes as an event, but for this one; the library would print the rest.
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t* client, int, const char*, const char* words) {
    if (auto* engine = static_cast<Engine*>(rd_kafka_opaque(client)); engine != nullptr) engine->logged(words);
  });
  client_ = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (client_ == nullptr) {
    auto error = failure(Errc::invalid_argument, "librdkafka cannot begin: " + std::string(why.data()),
                         "look at `ssl`, `tls.ca`, `tls.certificate`, `tls.key` and `native`");
    error.native = why.data();
    return error;
  }
  conf.release();  // it is the client's now
  if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(client_);
  queue_.reset(type == RD_KAFKA_CONSUMER ? rd_kafka_queue_get_consumer(client_) : rd_kafka_queue_get_main(client_));
  rd_kafka_queue_cb_event_enable(
      queue_.get(), [](rd_kafka_t*, void* engine) { static_cast<Engine*>(engine)->woken(); }, this);
  thread_ = std::thread([this] { run(); });
  return {};
}

void Engine::certificate_refused(int fault) {
  const std::lock_guard lock(mutex_);
  certificate_fault_ = X509_verify_cert_error_string(fault);
}

void Engine::logged(std::string_view words) {
  if (!is_sign(words)) return;
  const std::lock_guard lock(mutex_);
  if (!worked_) sign_ = words;
}

void Engine::woken() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

void Engine::push(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  tasks_.push_back(std::move(task));
  wake_.notify_one();
}

void Engine::at(driver::Deadline when, Task task) {
  runtime_.at(when, [weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) self->push(task);
  });
}

void Engine::quit() {
  const std::lock_guard lock(mutex_);
  quit_ = true;
  wake_.notify_one();
}

void Engine::join() {
  quit();
  if (thread_.joinable()) thread_.join();
}

void Engine::run() {
  for (;;) {
    std::deque<Task> tasks;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, longest_sleep, [this] { return woken_ || quit_ || !tasks_.empty(); });
      if (quit_) break;
      woken_ = false;
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) {
      task();
      task = {};
    }
    while (const EventPtr event{rd_kafka_queue_poll(queue_.get(), 0)}) {
      if (rd_kafka_event_opaque(event.get()) != nullptr &&
          rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_OFFSET_COMMIT)
        answered(*event);
      else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR)
        note(*event);
      else
        serve(*event);
    }
    pass();
  }
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    tasks_.clear();
  }
  fail_asked(failure(Errc::cancelled, "the connection to Kafka was closed"));
  over();
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
  // A consumer that is to leave its group has left it by now.
  rd_kafka_destroy_flags(std::exchange(client_, nullptr), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Engine::ask(driver::Millis patience, std::string thing, const Send& send, Answer done) {
  std::uint64_t number = 0;
  {
    std::unique_lock lock(mutex_);
    if (closed_ || quit_) {
      lock.unlock();
      // In the caller's thread: there is no other any more.
      return done(failure(Errc::cancelled, "the connection to Kafka was closed"));
    }
    number = ++last_asked_;
    asked_.emplace(number, Asked{std::move(thing), runtime_.now() + patience, send, std::move(done)});
  }
  push([this, number] { this->send(number); });
}

void Engine::send(std::uint64_t number) {
  Send send;
  driver::Millis left{0};
  {
    const std::lock_guard lock(mutex_);
    const auto found = asked_.find(number);
    if (found == asked_.end()) return;
    send = found->second.send;
    left = std::chrono::duration_cast<driver::Millis>(found->second.until - runtime_.now());
  }
  const AdminOptionsPtr options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_ANY));
  std::array<char, 128> why{};
  const auto timeout = std::clamp(left, driver::Millis(1), one_asking).count();
  rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(timeout), why.data(), why.size());
  // A number as a pointer: answers may come when nobody waits for them any more.
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(static_cast<std::uintptr_t>(number)));
  send(client_, options.get(), queue_.get());
}

void Engine::answered(rd_kafka_event_t& event) {
  Asked asked;
  {
    const std::lock_guard lock(mutex_);
    const auto found = asked_.find(reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(&event)));
    if (found == asked_.end()) return;
    if (rd_kafka_event_error(&event) == RD_KAFKA_RESP_ERR__TIMED_OUT && runtime_.now() < found->second.until)
      return tasks_.push_back([this, number = found->first] { send(number); });
    asked = std::move(found->second);
    asked_.erase(found);
    if (rd_kafka_event_error(&event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      worked_ = true;
      sign_.clear();
    }
  }
  if (const auto code = rd_kafka_event_error(&event); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return asked.done(explain(from_code(code, asked.thing, text(rd_kafka_event_error_string(&event)))));
  trouble_ = {};
  asked.done(&event);
}

Error Engine::explain(Error why) const {
  if (why.code != Errc::unavailable || !trouble_) return why;
  auto known = trouble_;
  known.message = why.message + ": " + known.message;
  return known;
}

void Engine::note(rd_kafka_event_t& event) {
  auto code = rd_kafka_event_error(&event);
  auto words = text(rd_kafka_event_error_string(&event));
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> why{};
    rd_kafka_fatal_error(client_, why.data(), why.size());
    words = why.data();
  }
  std::string sign;
  {
    const std::lock_guard lock(mutex_);
    sign = sign_;
  }
  if (code == RD_KAFKA_RESP_ERR__SSL) {
    const std::lock_guard lock(mutex_);
    if (!certificate_fault_.empty()) words = "the broker's certificate: " + std::exchange(certificate_fault_, {});
  }
  const auto broker = "Kafka at " + brokers_;
  auto error = from_connection(code, broker, words);
  // What the last of the brokers said is better than that there is none left.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !sign.empty())
    error = from_connection(RD_KAFKA_RESP_ERR__TRANSPORT, broker, sign);
  else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && trouble_)
    error = trouble_;
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE ||
      code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || refuses_connection(error.code)) {
    // A refused log-in is followed by the loss of that connection.
    if (!(trouble_ && refuses_connection(trouble_.code) && !refuses_connection(error.code))) trouble_ = error;
    if (refuses_connection(error.code)) fail_asked(trouble_);
  }
  trouble(code, error);
}

void Engine::fail_asked(const Error& why) {
  std::map<std::uint64_t, Asked> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(asked_);
  }
  for (auto& [number, one] : asked) {
    auto error = why;
    if (error.code != Errc::cancelled) error.message = one.thing + ": " + error.message;
    one.done(std::move(error));
  }
}

}  // namespace ductape::inline v0::kafka
