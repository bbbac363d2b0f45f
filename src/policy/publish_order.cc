// SPDX-License-Identifier: Apache-2.0
#include "src/policy/publish_order.h"

#include <functional>

namespace ductape::inline v0::policy {

void PublishOrder::add(KeyedRecord& record) {
  record.hash = std::hash<std::string_view>{}(record.key);
  record.overtaken = record.in_flight = record.maybe_stored = false;
  Bucket& list = bucket(record);
  record.earlier = list.newest;
  record.later = nullptr;
  (list.newest ? list.newest->later : list.oldest) = &record;
  list.newest = &record;
}

void PublishOrder::accepted(KeyedRecord& record) {
  for (KeyedRecord* other = record.earlier; other; other = other->earlier) {
    if (other->hash != record.hash || other->key != record.key) continue;
    // Who is overtaken was reached by an earlier walk, which went on to all before it.
    if (other->overtaken) break;
    other->overtaken = true;
  }
  removed(record);
}

namespace {

bool any_later(const KeyedRecord& record, bool KeyedRecord::*is) {
  for (const KeyedRecord* other = record.later; other; other = other->later)
    if (other->*is && other->hash == record.hash && other->key == record.key) return true;
  return false;
}

}  // namespace

bool PublishOrder::later_in_flight(const KeyedRecord& record) const {
  return any_later(record, &KeyedRecord::in_flight);
}
bool PublishOrder::later_maybe_stored(const KeyedRecord& record) const {
  return any_later(record, &KeyedRecord::maybe_stored);
}

void PublishOrder::removed(KeyedRecord& record) {
  Bucket& list = bucket(record);
  (record.earlier ? record.earlier->later : list.oldest) = record.later;
  (record.later ? record.later->earlier : list.newest) = record.earlier;
  record.earlier = record.later = nullptr;
}

}  // namespace ductape::inline v0::policy
