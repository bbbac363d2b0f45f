// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/reply_reader.h"

#include <cstring>
#include <memory_resource>
#include <new>

namespace ductape::inline v0::redis {

class ReplyReader::Memory {
 public:
  [[nodiscard]] bool full() const { return used_ >= enough; }
  void* allocate(std::size_t size, std::size_t alignment) {
    used_ += size;
    return resource_.allocate(size, alignment);
  }

 private:
  // One reply that somebody keeps keeps its neighbours too, so they must not be many.
  static constexpr std::size_t enough = 64 << 10, first = 8 << 10;
  std::pmr::monotonic_buffer_resource resource_{first};
  std::size_t used_ = 0;
};

struct ReplyReader::Functions {
  static redisReply* make(const redisReadTask* task, int type) {
    auto& owner = *static_cast<ReplyReader*>(task->privdata);
    if (task->parent == nullptr && (!owner.memory_ || owner.memory_->full()))
      owner.memory_ = std::make_shared<Memory>();
    auto* reply = new (owner.memory_->allocate(sizeof(redisReply), alignof(redisReply))) redisReply{};
    reply->type = type;
    if (task->parent != nullptr) static_cast<redisReply*>(task->parent->obj)->element[task->idx] = reply;
    return reply;
  }
  static void* text(const redisReadTask* task, char* begin, std::size_t size) {
    auto* reply = make(task, task->type);
    reply->str = static_cast<char*>(static_cast<ReplyReader*>(task->privdata)->memory_->allocate(size + 1, 1));
    std::memcpy(reply->str, begin, size);
    reply->str[size] = '\0';
    reply->len = size;
    return reply;
  }
  // Versions differ in the type of the count.
  template <class Count>
  static void* list(const redisReadTask* task, Count count) {
    auto* reply = make(task, REDIS_REPLY_ARRAY);
    reply->elements = static_cast<std::size_t>(count);
    if (count > 0) {
      const auto size = reply->elements * sizeof(redisReply*);
      auto& memory = *static_cast<ReplyReader*>(task->privdata)->memory_;
      reply->element = static_cast<redisReply**>(memory.allocate(size, alignof(redisReply*)));
      std::memset(reply->element, 0, size);
    }
    return reply;
  }
  static void* number(const redisReadTask* task, long long value) {
    auto* reply = make(task, REDIS_REPLY_INTEGER);
    reply->integer = value;
    return reply;
  }
  static void* nil(const redisReadTask* task) { return make(task, REDIS_REPLY_NIL); }
  static void forget(void*) {}

  static redisReplyObjectFunctions* table() {
    static redisReplyObjectFunctions functions = [] {
      redisReplyObjectFunctions made{};
      made.createString = text;
      made.createArray = list;
      made.createInteger = number;
      made.createNil = nil;
      made.freeObject = forget;
      return made;
    }();
    return &functions;
  }
};

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(Functions::table())) {
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->privdata = this;
  // Else it frees its buffer after each burst that is larger, and makes it again.
  reader_->maxbuf = 0;
}

ReplyReader::~ReplyReader() { redisReaderFree(reader_); }

bool ReplyReader::read(std::span<const char> bytes, std::vector<Reply>& replies) {
  redisReaderFeed(reader_, bytes.data(), bytes.size());
  for (;;) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_, &reply) != REDIS_OK) return false;
    if (reply == nullptr) break;
    replies.emplace_back(memory_, static_cast<const redisReply*>(reply));
  }
  if (reader_->ridx < 0) memory_.reset();  // none is begun: what was read is its readers' alone
  return true;
}

}  // namespace ductape::inline v0::redis
