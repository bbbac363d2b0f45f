// SPDX-License-Identifier: Apache-2.0
#include "providers/local/connection.h"

#include <unistd.h>

#include <mutex>

#include "providers/local/consumer.h"
#include "providers/local/errors.h"
#include "providers/local/place.h"
#include "providers/local/probe.h"
#include "providers/local/publisher.h"
#include "providers/local/retention.h"
#include "providers/local/topology.h"

namespace ductape::inline v0::local {
namespace {
using namespace std::chrono_literals;

/// The engine of a connection, made when the first address tells which file it is.
class EngineRoom {
 public:
  EngineRoom(std::string directory, driver::Runtime& runtime) : directory_(std::move(directory)), runtime_(runtime) {}

  Result<std::shared_ptr<Engine>> find(const driver::Address& address) {
    const auto* place = place_of(&address);
    if (!place) return failure(Errc::invalid_argument, "\"" + address.native + "\" is no address of this broker");
    const std::lock_guard lock(mutex_);
    if (!engine_) start(place->file);
    if (place->file == file_) return engine_;
    return failure(Errc::invalid_argument, "\"" + address.native + "\" belongs to another broker than " + file_);
  }
  std::shared_ptr<Engine> running() {
    const std::lock_guard lock(mutex_);
    return engine_;
  }
  /// An address was asked for: from then on it is known which file this is.
  void know(const driver::Address& address) {
    const std::lock_guard lock(mutex_);
    if (file_.empty()) file_ = place_of(&address)->file;
  }
  /// Null if there is no file yet that could be looked at.
  std::shared_ptr<Engine> existing() {
    const std::lock_guard lock(mutex_);
    if (!engine_ && !file_.empty() && access((stem() + ".db").c_str(), F_OK) == 0) start(file_);
    return engine_;
  }
  void stop() {
    const auto engine = running();
    if (!engine) return;
    retention_->stop();
    engine->stop();
  }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] std::string stem() const { return directory_ + '/' + file_; }
  void start(const std::string& file) {
    file_ = file;
    engine_ = Engine::start(stem(), runtime_);
    retention_ = std::make_shared<Retention>(engine_);
    retention_->start();
  }

  const std::string directory_;
  driver::Runtime& runtime_;
  std::mutex mutex_;
  std::string file_;                      // guarded by mutex_
  std::shared_ptr<Engine> engine_;        // guarded by mutex_
  std::shared_ptr<Retention> retention_;  // made with the engine
};

/// A session that could not begin.
class NoConsumer final : public driver::Consumer {
 public:
  NoConsumer(driver::ConsumeSink& sink, driver::Runtime& runtime, Error why) {
    runtime.post([&sink, why = std::move(why)] { sink.ended(why); });
  }
  void credit(std::size_t, std::size_t) override {}
  void settle(std::span<const driver::Settle>) override {}
  void extend(std::span<const driver::Tag>, driver::Millis) override {}
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view, driver::Done<void>) override {}
  void stop(driver::Deadline) override {}
};

class LocalConnection final : public driver::Connection {
 public:
  LocalConnection(std::string directory, driver::Runtime& runtime)
      : runtime_(runtime), room_(std::make_shared<EngineRoom>(std::move(directory), runtime)) {}
  ~LocalConnection() override { room_->stop(); }

  Result<driver::Address> address(const driver::TopicSpec& spec, driver::Role role,
                                  std::string_view group) const override {
    auto address = make_address(spec, role, group);
    if (address) room_->know(*address);
    return address;
  }

  void provision(const driver::TopicSpec& spec, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override {
    auto main = make_address(spec, driver::Role::main, {});
    if (!main) return answer(std::move(done), main.error());
    for (const auto& group : groups)
      if (auto name = make_address(spec, driver::Role::retry, group.name); !name)
        return answer(std::move(done), name.error());
    auto engine = room_->find(*main);
    if (!engine) return answer(std::move(done), engine.error());
    (*engine)->post(make_provision(*main, groups, create, std::move(done)));
  }

  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override {
    auto engine = room_->find(main);
    if (!engine) return answer(std::move(done), engine.error());
    (*engine)->post(make_forget(main, group, std::move(done)));
  }

  void reset(const driver::Address& main, std::string_view group, std::string_view to,
             driver::Done<void> done) override {
    auto engine = room_->find(main);
    if (!engine) return answer(std::move(done), engine.error());
    (*engine)->post(make_reset(main, group, to, std::move(done)));
  }

  void inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) override {
    auto engine = room_->find(main);
    if (!engine) return answer(std::move(done), engine.error());
    (*engine)->post(make_inspect(main, group, std::move(done)));
  }

  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override {
    return make_publisher(sink, runtime_, [room = room_](const driver::Address& to) { return room->find(to); });
  }

  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override {
    auto engine = room_->find(from);
    if (!engine) return std::make_unique<NoConsumer>(sink, runtime_, engine.error());
    const auto* place = place_of(&from);
    return make_consumer(*engine, sink,
                         {.topic = place->topic,
                          .group = std::string(group.name),
                          .native = from.native,
                          .main = place->main,
                          .dead = place->role == driver::Role::dead_letter,
                          .mode = group.mode,
                          .from = std::string(group.from),
                          .ordered = place->ordered,
                          .lease = lease.count() > 0 ? lease : driver::Millis(30s)});
  }

  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override {
    local::probe(room_->existing(), room_->directory(), runtime_, deadline, std::move(done));
  }

 private:
  template <class T>
  void answer(driver::Done<T> done, Error why) {
    runtime_.post([done = std::move(done), why = std::move(why)] { done(why); });
  }

  driver::Runtime& runtime_;
  std::shared_ptr<EngineRoom> room_;
};

}  // namespace

Result<std::unique_ptr<driver::Connection>> open_connection(const driver::Options& options, driver::Runtime& runtime) {
  if (options.directory.empty())
    return failure(Errc::invalid_argument, "the embedded broker has no directory", "name one with --store");
  for (const auto& [key, value] : options.config)
    return failure(Errc::invalid_argument, "the embedded broker has no setting \"" + key + "\"", "leave config empty");
  return std::unique_ptr<driver::Connection>(std::make_unique<LocalConnection>(options.directory, runtime));
}

}  // namespace ductape::inline v0::local
