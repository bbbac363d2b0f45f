// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string_view>
#include <vector>

#include "benchmarks/native/workload.h"

namespace bench {

/// A connection of hiredis: commands gather until an answer is asked for.
class RedisLink {
 public:
  struct Free {
    void operator()(void* reply) const { freeReplyObject(reply); }
  };
  using Reply = std::unique_ptr<redisReply, Free>;
  using Words = std::vector<std::string_view>;

  explicit RedisLink(std::size_t port) : context_(redisConnect("127.0.0.1", static_cast<int>(port))) {
    if (context_ == nullptr || context_->err != 0) give_up("no connection to redis");
    context_->reader->maxbuf = 0;  // else it frees its buffer after each burst
  }
  ~RedisLink() { redisFree(context_); }
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  void add(const Words& words) {
    begins_.clear();
    sizes_.clear();
    for (const auto word : words) {
      begins_.push_back(word.data());
      sizes_.push_back(word.size());
    }
    redisAppendCommandArgv(context_, static_cast<int>(words.size()), begins_.data(), sizes_.data());
  }
  Reply answer() {
    void* reply = nullptr;
    if (redisGetReply(context_, &reply) != REDIS_OK) give_up(std::string("redis: ") + context_->errstr);
    Reply owned(static_cast<redisReply*>(reply));
    if (owned->type == REDIS_REPLY_ERROR) give_up(std::string("redis: ") + owned->str);
    return owned;
  }
  Reply ask(const Words& words) {
    add(words);
    return answer();
  }

 private:
  redisContext* const context_;
  std::vector<const char*> begins_;
  std::vector<std::size_t> sizes_;
};

}  // namespace bench
