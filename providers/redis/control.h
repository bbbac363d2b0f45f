// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "providers/redis/link.h"

namespace ductape::inline v0::redis {

/// Single commands, over a link that is opened when it is needed. Thread-safe.
class Control : public std::enable_shared_from_this<Control> {
 public:
  using Answer = std::function<void(Result<Reply>)>;

  Control(net::EventLoop& loop, std::shared_ptr<const Access> access) : loop_(loop), access_(std::move(access)) {}

  /// `answer` is called once, in a turn of the loop: with the reply, or why there is none.
  void ask(const Command& command, Answer answer, driver::Deadline deadline = driver::Deadline::max());
  /// What was not answered is cancelled. Returns when nothing is being told any more; nothing is told afterwards.
  void close();

 private:
  struct Asked {
    explicit Asked(net::EventLoop& loop) : deadline(loop) {}
    Answer answer;
    net::LoopTimer deadline;
  };

  void send(std::string& bytes, Answer answer, driver::Deadline deadline);
  void answered(std::uint64_t number, Result<Reply> reply);
  void fail_all(const Error& why);

  net::EventLoop& loop_;
  const std::shared_ptr<const Access> access_;
  std::unique_ptr<Dialogue> link_;
  std::map<std::uint64_t, std::unique_ptr<Asked>> asked_;
  std::uint64_t last_ = 0;
  bool closed_ = false;
};

}  // namespace ductape::inline v0::redis
