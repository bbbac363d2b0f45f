// SPDX-License-Identifier: Apache-2.0
#include "providers/redis/control.h"

#include "providers/redis/errors.h"

namespace ductape::inline v0::redis {

void Control::ask(const Command& command, Answer answer, driver::Deadline deadline) {
  std::string bytes;
  command.write_to(bytes);
  loop_.post([self = shared_from_this(), bytes = std::move(bytes), answer = std::move(answer), deadline]() mutable {
    self->send(bytes, std::move(answer), deadline);
  });
}

void Control::send(std::string& bytes, Answer answer, driver::Deadline deadline) {
  if (closed_) return answer(failure(Errc::cancelled, "the connection is closed"));
  const auto number = ++last_;
  auto& asked = asked_[number] = std::make_unique<Asked>(loop_);
  asked->answer = std::move(answer);
  if (deadline != driver::Deadline::max())
    asked->deadline.at(deadline, [this, number] {
      answered(number, failure(Errc::timed_out, "redis at " + access_->endpoint.text() + " did not answer in time"));
    });
  if (!link_)
    link_ = std::make_unique<Dialogue>(
        loop_, *access_, [] {}, [this](Error why) { fail_all(why); });
  link_->ask_written(bytes, [this, number](const Reply& reply) {
    const ReplyView view(reply.get());
    if (view.is_error())
      answered(number, from_reply(view.text(), access_->endpoint.text()));
    else
      answered(number, reply);
  });
}

void Control::answered(std::uint64_t number, Result<Reply> reply) {
  const auto asked = asked_.extract(number);
  if (asked) asked.mapped()->answer(std::move(reply));
}

void Control::fail_all(const Error& why) {
  link_.reset();
  for (auto& [number, asked] : std::exchange(asked_, {})) asked->answer(why);
}

void Control::close() {
  const auto shut = [self = shared_from_this()] {
    self->closed_ = true;
    self->fail_all(failure(Errc::cancelled, "the connection is closed"));
  };
  if (loop_.is_here()) return shut();
  loop_.post(shut);
  loop_.flush();
}

}  // namespace ductape::inline v0::redis
