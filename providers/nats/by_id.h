// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace ductape::inline v0::nats {

/// What the client library's callbacks are about, by a number: a callback may come after its object went, and then
/// finds none. Thread-safe.
template <class T>
class ById {
 public:
  static void* add(const std::shared_ptr<T>& object) {
    std::lock_guard lock(all().mutex);
    all().objects.emplace(++all().last, object);
    return number_as_pointer(all().last);
  }
  static void remove(void* id) {
    std::lock_guard lock(all().mutex);
    all().objects.erase(reinterpret_cast<std::uintptr_t>(id));
  }
  static std::shared_ptr<T> find(void* id) {
    std::lock_guard lock(all().mutex);
    const auto found = all().objects.find(reinterpret_cast<std::uintptr_t>(id));
    return found == all().objects.end() ? nullptr : found->second.lock();
  }

 private:
  struct All {
    std::mutex mutex;
    std::uintptr_t last = 0;
    std::map<std::uintptr_t, std::weak_ptr<T>> objects;
  };
  static All& all() {
    static auto* const all = new All;  // never destroyed: the library's threads end with the program
    return *all;
  }
  static void* number_as_pointer(std::uintptr_t number) { return reinterpret_cast<void*>(number); }
};

}  // namespace ductape::inline v0::nats
