// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/runtime.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "providers/kafka/handles.h"

namespace ductape::inline v0::kafka {

/// One client of the library and the thread that serves it. All that happens to it, calls, events and timers, happens
/// in that thread, so that what it serves needs no lock and tells its sinks one thing at a time.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  using Task = std::function<void()>;
  /// Sends a request of the library's Admin API; the answer goes to the queue.
  using Send = std::function<void(rd_kafka_t*, const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>;
  using Answer = std::function<void(Result<rd_kafka_event_t*>)>;

  Engine(driver::Runtime& runtime, std::string brokers) : runtime_(runtime), brokers_(std::move(brokers)) {}
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs it soon in the thread; not any more once the thread has ended.
  void push(Task task);
  void at(driver::Deadline when, Task task);
  /// Asks the brokers about `thing`. The answer comes in the thread; `cancelled` if that ends first.
  void ask(driver::Millis patience, std::string thing, const Send& send, Answer done);
  [[nodiscard]] driver::Runtime& runtime() const { return runtime_; }
  [[nodiscard]] const std::string& brokers() const { return brokers_; }
  /// Null before `begin`; in the thread and before its end.
  [[nodiscard]] rd_kafka_t* client() const { return client_; }

 protected:
  /// `queue` is what the library tells it of everything; null: the client's main queue.
  Result<void> begin(rd_kafka_type_t type, ConfPtr conf);
  /// Ends the thread after what runs in it now.
  void quit();
  /// Waits for the end of the thread. By who destroys it, or nobody may be served any more.
  void join();

  // In the thread.
  virtual void serve(rd_kafka_event_t& event) = 0;
  /// After tasks and events.
  virtual void pass() = 0;
  /// Nothing comes any more; the client is still there.
  virtual void over() {}
  /// The connection's trouble as the library tells it.
  virtual void trouble(int /*code*/, const Error&) {}
  void woken();

  [[nodiscard]] rd_kafka_queue_t* queue() const { return queue_.get(); }
  /// What is known to be wrong with the connection, or `why`.
  [[nodiscard]] Error explain(Error why) const;

 private:
  struct Asked {
    std::string thing;
    driver::Deadline until = {};
    Send send;
    Answer done;
  };
  void send(std::uint64_t number);
  void run();
  void answered(rd_kafka_event_t& event);
  void note(rd_kafka_event_t& event);
  void fail_asked(const Error& why);
  void certificate_refused(int fault);
  void logged(std::string_view words);

  driver::Runtime& runtime_;
  const std::string brokers_;
  rd_kafka_t* client_ = nullptr;
  QueuePtr queue_;
  std::thread thread_;
  Error trouble_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::map<std::uint64_t, Asked> asked_;
  std::uint64_t last_asked_ = 0;
  std::string certificate_fault_, sign_;
  bool worked_ = false;  // a broker has answered, so what it closes later is no sign of another protocol
  bool woken_ = false, quit_ = false, closed_ = false;
};

}  // namespace ductape::inline v0::kafka
