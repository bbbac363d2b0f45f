// SPDX-License-Identifier: Apache-2.0
#include <ductape/dead_letters.hpp>

#include <algorithm>
#include <set>

#include "src/client/dead_letter_session.h"
#include "src/pipeline/journey.h"

namespace ductape::inline v0 {
namespace {

using client::DeadLetterSession;
using driver::Delivered;
namespace journey = pipeline::journey;

/// Closes it when the call ends, however that is.
class Session {
 public:
  explicit Session(std::shared_ptr<DeadLetterSession> session) : session_(std::move(session)) {}
  Session(Session&&) noexcept = default;
  Session& operator=(Session&&) noexcept = default;
  ~Session() {
    if (session_) session_->close();
  }
  DeadLetterSession* operator->() const noexcept { return session_.get(); }

 private:
  std::shared_ptr<DeadLetterSession> session_;
};

constexpr std::size_t at_once = 256;

std::string text(const Delivered& from, std::string_view name) {
  return std::string(pipeline::attribute(from.attributes, name).value_or(std::string_view()));
}

std::string id_of(const Delivered& from) {
  return std::string(pipeline::attribute(from.attributes, journey::dead_origin).value_or(from.id));
}

std::optional<std::uint32_t> count_of(const Delivered& from, std::string_view name) {
  const auto value = pipeline::number(from.attributes, name);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<driver::WallTime> time_of(const Delivered& from, std::string_view name) {
  const auto value = pipeline::number(from.attributes, name);
  if (!value) return std::nullopt;
  return pipeline::from_milliseconds(*value);
}

DeadLetter read(const Delivered& from, const pipeline::Route& route, const std::string& group) {
  DeadLetter letter{.id = id_of(from),
                    .reason = text(from, journey::dead_reason),
                    .error = text(from, journey::dead_error),
                    .attempts = count_of(from, journey::dead_attempts).value_or(0),
                    .deliveries = count_of(from, journey::dead_deliveries),
                    .first_failure = time_of(from, journey::dead_first_failure),
                    .last_failure = time_of(from, journey::dead_time),
                    .group = text(from, journey::dead_group),
                    .event = text(from, "type"),
                    .key = std::string(from.key),
                    .headers = {},
                    .content_type = text(from, "datacontenttype"),
                    .body = std::string(reinterpret_cast<const char*>(from.body.data()), from.body.size())};
  if (letter.group.empty()) letter.group = group;
  if (letter.event.empty()) letter.event = route.event;
  for (const auto& header : from.headers)
    letter.headers.push_back({std::string(header.name), std::string(header.value)});
  return letter;
}

struct Opened {
  const pipeline::Route* route;
  Session session;
};

Result<Opened> open(detail::TopicCore& topic, const std::string& group) {
  const auto route = topic.client.route(topic.cell);
  if (!route) return route.error();
  if (auto known = topic.client.registry().group((*route)->product, (*route)->event, group); !known)
    return std::move(known).error();
  auto session = DeadLetterSession::open(topic.client, **route, group);
  if (!session) return std::move(session).error();
  return Opened{*route, Session(std::move(*session))};
}

/// What a call is about, in the order in which it lies there: each time some, until there are none left.
class Selection {
 public:
  Selection(const Session& session, const std::vector<std::string>& ids)
      : session_(session), left_(session->total()), wanted_(ids.begin(), ids.end()), by_id_(!ids.empty()) {}

  Result<std::vector<const Delivered*>> next(std::size_t most) { return by_id_ ? all_wanted() : some(most); }

 private:
  // No more than there were at first: what comes while a redrive runs may be its own messages, failed again.
  Result<std::vector<const Delivered*>> some(std::size_t most) {
    auto found = session_->next(static_cast<std::size_t>(std::min<std::uint64_t>(most, left_)));
    if (found) left_ -= found->size();
    return found;
  }

  // Nothing may happen before it is known that all of them are there, so this reads until it has them; also past those
  // that came meanwhile, as the ones that a killed process had come behind them.
  Result<std::vector<const Delivered*>> all_wanted() {
    std::vector<const Delivered*> found;
    std::set<std::string> missing = wanted_;
    while (!missing.empty()) {
      const auto more = session_->next(at_once);
      if (!more) return more.error();
      if (more->empty())
        return Error{.code = Errc::not_found,
                     .message = "no dead letter with the id " + *missing.begin(),
                     .hint = "it may have gone back or been purged before; `dead-letters list` shows what is there"};
      for (const auto* letter : *more) {
        if (!wanted_.contains(id_of(*letter))) continue;
        found.push_back(letter);
        missing.erase(id_of(*letter));
      }
    }
    wanted_.clear();
    return found;
  }

  const Session& session_;
  std::uint64_t left_;
  std::set<std::string> wanted_;
  bool by_id_;
};

/// Sends dead letters back to their group.
class Redrive {
 public:
  Redrive(detail::TopicCore& topic, const Opened& opened, std::string group, const RedriveOptions& options,
          driver::Address back)
      : client_(topic.client),
        route_(*opened.route),
        session_(opened.session),
        group_(std::move(group)),
        options_(options),
        back_(std::move(back)),
        next_(client_.runtime().now()) {}

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  Result<void> run(std::span<const Delivered* const> letters) {
    const std::size_t step = options_.rate > 0 ? 1 : letters.size();
    for (; !letters.empty(); letters = letters.subspan(std::min(step, letters.size()))) {
      if (auto waited = keep_rate(); !waited) return waited;
      if (auto sent = send(letters.first(std::min(step, letters.size()))); !sent) return sent;
    }
    return {};
  }

 private:
  struct Leaving {
    DeadLetter letter;
    pipeline::Envelope envelope;
    std::string body;  // if it was edited
  };

  Result<void> keep_rate() {
    if (options_.rate <= 0) return {};
    const auto now = client_.runtime().now();
    if (next_ > now) {
      if (auto slept = session_->sleep_until(next_); !slept) return slept;
    } else {
      next_ = now;
    }
    next_ += std::chrono::duration_cast<driver::Clock::duration>(std::chrono::duration<double>(1 / options_.rate));
    return {};
  }

  Result<void> send(std::span<const Delivered* const> letters) {
    std::map<driver::Tag, Leaving> leaving;
    std::vector<driver::Settle> outcomes;
    Error problem;
    for (const auto* letter : letters) {
      // The same message there twice: a crash came between its two steps. It goes back once.
      if (!seen_.insert(id_of(*letter)).second) {
        outcomes.push_back({.tag = letter->tag});
        continue;
      }
      auto& one = leaving[letter->tag];
      if (problem = prepare(*letter, one); problem) break;
      outcomes.push_back({.tag = letter->tag, .moved = &one.envelope.record()});
    }
    const auto sent = session_->settle(outcomes, [&](driver::Tag tag) {
      const auto one = leaving.find(tag);
      if (one == leaving.end()) return;
      ++count_;
      if (options_.redriven) options_.redriven(one->second.letter);
    });
    if (!sent) return sent;
    if (problem) return problem;
    return {};
  }

  Error prepare(const Delivered& from, Leaving& into) {
    into.letter = read(from, route_, group_);
    const auto origin = into.letter.id;
    into.envelope.fill_moved(from, origin + "/" + text(from, journey::dead_time),
                             {{std::string(journey::origin), origin}}, back_);
    if (!options_.edit) return {};
    auto edited = options_.edit(into.letter);
    if (!edited) return {};
    if (auto wrong = client_.check_schema(route_, *edited, into.letter.content_type)) {
      wrong->message = "the edited dead letter " + origin + ": " + wrong->message;
      return *wrong;
    }
    into.body = std::move(*edited);
    into.envelope.record().body = std::as_bytes(std::span(into.body));
    return {};
  }

  detail::ClientCore& client_;
  const pipeline::Route& route_;
  const Session& session_;
  const std::string group_;
  const RedriveOptions& options_;
  const driver::Address back_;
  driver::Deadline next_;
  std::set<std::string> seen_;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<std::vector<DeadLetter>> DeadLetters::list(const std::vector<std::string>& ids) {
  const auto opened = open(*topic_, group_);
  if (!opened) return opened.error();
  Selection selection(opened->session, ids);
  std::vector<DeadLetter> letters;
  std::set<std::string> seen;
  for (;;) {
    const auto found = selection.next(at_once);
    if (!found) return found.error();
    if (found->empty()) return letters;
    for (const auto* letter : *found)
      if (seen.insert(id_of(*letter)).second) letters.push_back(read(*letter, *opened->route, group_));
  }
}

Result<std::uint64_t> DeadLetters::redrive(const RedriveOptions& options) {
  if (!(options.rate >= 0))
    return Error{.code = Errc::invalid_argument,
                 .message = "a redrive at " + std::to_string(options.rate) + " messages a second",
                 .hint = "give a rate over 0, or 0 for no limit"};
  const auto opened = open(*topic_, group_);
  if (!opened) return opened.error();
  const auto& route = *opened->route;
  auto back = route.connection->driver().address(route.spec(), driver::Role::retry, group_);
  if (!back) return std::move(back).error();
  Selection selection(opened->session, options.ids);
  Redrive redrive(*topic_, *opened, group_, options, std::move(*back));
  for (;;) {
    const auto found = selection.next(at_once);
    if (!found) return found.error();
    if (found->empty()) return redrive.count();
    if (auto done = redrive.run(*found); !done) return std::move(done).error();
  }
}

Result<std::uint64_t> DeadLetters::purge(const std::vector<std::string>& ids) {
  const auto opened = open(*topic_, group_);
  if (!opened) return opened.error();
  Selection selection(opened->session, ids);
  std::set<std::string> seen;
  const auto purge_all = [&]() -> Result<void> {
    for (;;) {
      const auto found = selection.next(at_once);
      if (!found) return found.error();
      if (found->empty()) return {};
      std::map<driver::Tag, std::string> leaving;
      std::vector<driver::Settle> outcomes;
      for (const auto* letter : *found) {
        leaving.emplace(letter->tag, id_of(*letter));
        outcomes.push_back({.tag = letter->tag});
      }
      const auto gone = opened->session->settle(outcomes, [&](driver::Tag tag) { seen.insert(leaving.at(tag)); });
      if (!gone) return gone.error();
    }
  };
  const auto purged = purge_all();
  topic_->client.count_removed(*opened->route, group_, seen.size());
  if (!purged) return purged.error();
  return seen.size();
}

}  // namespace ductape::inline v0
