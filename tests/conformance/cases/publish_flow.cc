// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/bodies.h"
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

using OnFull = PublishOptions::OnFull;

void blocks_for_room(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  auto& narrow = stage.open({.publish_window = 4});
  std::vector<std::string> ids;
  std::vector<Future<Receipt>> futures;
  for (int i = 0; i < 300; ++i)
    futures.push_back(narrow.publish({.event = event, .message = "{}"}, {.on_full = OnFull::block}));
  for (auto& future : futures) ids.push_back(must(future.get_for(milliseconds(15'000)), "publish that blocks").id);
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "300 messages through a window of 4");
}

// A whole batch is offered at once, so that what is over the window cannot find room.
void rejects_when_full(Stage& stage, ClientOptions options, std::size_t body, const std::string& knob) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  auto topic = must(stage.open(std::move(options)).topic(event), "topic");
  std::vector<BatchItem> batch;
  for (int i = 0; i < 50; ++i)
    batch.push_back({.message = random_bytes(body, 1),
                     .options = {.content_type = "application/octet-stream", .on_full = OnFull::reject}});
  auto results = must(topic.publish_batch(std::move(batch)).get_for(milliseconds(15'000)), "publish_batch");
  std::vector<std::string> accepted;
  std::size_t refused = 0;
  for (auto& result : results) {
    if (result) {
      accepted.push_back(result->id);
      continue;
    }
    const auto error = must_fail(std::move(result), Errc::queue_full, "a message over the window");
    check((error.message + error.hint).find(knob) != std::string::npos,
          "the refusal must name the knob `" + knob + "`; saw " + to_text(error));
    ++refused;
  }
  check(!accepted.empty(), "some of the batch fit into the window, but none was accepted");
  check(refused > 0, "expected queue_full for some of 50 messages, all were accepted");
  stage.wait_for(got, accepted.size());
  stage.rest();
  check_same_messages(got.ids(), accepted, "exactly what was accepted");
  const auto later = topic.publish("{}", {.on_full = OnFull::reject}).get_for(milliseconds(15'000));
  if (!later) fail("a publish once the window is empty again: saw " + to_text(later.error()));
}

void rejects_by_count(Stage& stage) { rejects_when_full(stage, {.publish_window = 4}, 10, "publish_window"); }

void rejects_by_bytes(Stage& stage) {
  rejects_when_full(stage, {.publish_window_bytes = 64 * 1024}, 10'000, "publish_window_bytes");
}

void bytes_block(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  auto& narrow = stage.open({.publish_window_bytes = 32 * 1024});
  std::vector<Future<Receipt>> futures;
  for (int i = 0; i < 40; ++i)
    futures.push_back(narrow.publish({.event = event, .message = random_bytes(10'000, 1)},
                                     {.content_type = "application/octet-stream"}));
  // One that is larger than the window goes alone, when nothing else is under way.
  futures.push_back(narrow.publish({.event = event, .message = random_bytes(60'000, 1)},
                                   {.content_type = "application/octet-stream"}));
  for (auto& future : futures) must(future.get_for(milliseconds(15'000)), "publish through a window of 32 KiB");
  stage.wait_for(got, futures.size());
}

void publishers_side_by_side(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  std::vector<std::future<std::vector<std::string>>> writers;
  for (int writer = 0; writer < 4; ++writer) {
    auto& client = stage.open();
    writers.push_back(std::async(std::launch::async, [&client, event] {
      std::vector<std::string> ids;
      for (int i = 0; i < 50; ++i) {
        auto receipt = client.publish({.event = event, .message = "{}"}).get_for(milliseconds(15'000));
        if (receipt) ids.push_back(receipt->id);
      }
      return ids;
    }));
  }
  std::vector<std::string> ids;
  for (auto& writer : writers)
    for (auto& id : writer.get()) ids.push_back(std::move(id));
  check_equal(ids.size(), 200u, "receipts of four publishers");
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "four publishers side by side");
}

}  // namespace

std::vector<Case> publish_flow_cases() {
  return {{"Flow", "a publisher blocks for room", {}, blocks_for_room},
          {"Flow", "a publisher blocks for room in bytes", {}, bytes_block},
          {"Flow", "a publisher is told queue_full", {}, rejects_by_count},
          {"Flow", "a publisher is told queue_full by bytes", {}, rejects_by_bytes},
          {"Flow", "four publishers side by side", {}, publishers_side_by_side}};
}

}  // namespace ductape::inline v0::testing::conformance
