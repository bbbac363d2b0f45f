// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/secret.hpp>
#include <ductape/subscribe.hpp>

namespace ductape::inline v0 {

/// Where a product's events live. Tags are `[a-z0-9]+([-_][a-z0-9]+)*`, 1 to 64 characters.
struct Product {
  std::string tag = {};
  std::string name = {};  ///< empty: the tag
  std::uint64_t revision = 0;
};

enum class Provision : std::uint8_t {
  create,  ///< what is missing at the provider is made
  check,   ///< nothing is made; what is missing is an error
};

/// A broker in one environment.
struct BrokerEnv {
  std::string slug = {};
  std::string type = "LOCAL";  ///< as stored and exported: `LOCAL`, `KAFKA`, ...
  std::string config = "{}";   ///< a JSON object
  Provision provision = Provision::create;
};

/// A named broker; each environment may use another provider.
struct Broker {
  std::string product = {};
  std::string tag = {};
  std::string name = {};  ///< empty: the tag
  std::string description = {};
  std::vector<BrokerEnv> envs = {};
  std::uint64_t revision = 0;  ///< as fetched; a stale one is refused by `update`

  /// Ductape's object `{name, tag, description?, envs: [{slug, type, config}]}`, JSON or YAML; an environment may also
  /// say `provision: create` or `check`. Unknown keys are errors that name the nearest known one.
  static Result<Broker> parse(std::string_view text);
  [[nodiscard]] std::string json() const;
};

/// How a topic keeps and retries; also the default for its groups.
struct TopicPolicy {
  RetryPolicy retry = {};
  std::chrono::milliseconds retention_age = std::chrono::hours(24 * 7);  ///< how long what every group finished is kept
  std::uint64_t retention_bytes = 0;  ///< most bytes of the topic; full of unfinished ones it is `queue_full`; 0: none

  friend bool operator==(const TopicPolicy&, const TopicPolicy&) = default;
};

enum class SchemaMode : std::uint8_t { off, warn, enforce };

/// What a topic asks of a server that keeps nothing of what it confirms beyond its process (Redis without an
/// append-only file).
enum class Durability : std::uint8_t {
  warn,     ///< `doctor` is red, `health` warns, publishes go through
  require,  ///< publishes are refused; the first one waits until the server has said what it keeps
  lossy,    ///< that is well
};

/// What messages of a topic carry beside body, id, key and the user's headers.
enum class Metadata : std::uint8_t {
  full,  ///< all that CloudEvents has a name for
  lean,  ///< specversion, source, type, and a content type and trace that the publisher gave
};

/// Which queue a topic has in an environment whose technology wants one named (SQS).
struct QueueUrl {
  std::string env = {};
  std::string url = {};
};

/// Where a topic is in an environment, other than what its broker says or the event's name gives.
struct TopicEnv {
  std::string slug = {};
  std::string config = "{}";  ///< a JSON object: those fields of the broker's config that name a destination
};

/// A channel of a broker. Its full tag, the event, is `brokerTag:topicTag`.
struct TopicDefinition {
  std::string product = {};
  std::string broker = {};
  std::string tag = {};   ///< the part after the colon
  std::string name = {};  ///< empty: the tag
  std::string description = {};
  std::vector<QueueUrl> queue_urls = {};  ///< at most one for each environment
  std::vector<TopicEnv> envs = {};        ///< at most one for each environment
  std::string sample = {};                ///< a JSON object, or empty
  SchemaMode schema = SchemaMode::warn;
  Durability durability = Durability::warn;
  Metadata metadata = Metadata::full;
  /// Fields of the sample that messages may lack or have as null: JSON pointers, `*` for the elements of a list. Where
  /// a sample is changed, the fields that come with it are added.
  std::vector<std::string> optional = {};
  bool ordered = false;  ///< messages may have a key; fixed once a group exists
  TopicPolicy policy = {};
  std::uint64_t revision = 0;

  /// Ductape's object `{name, tag, messageBrokerTag?, description?, sample?, queueUrl?}` with ours beside it, JSON or
  /// YAML. `queueUrl` or `queueUrls` is `[{env_slug, url}]`; where it is part of an update, a null url removes one.
  /// `tag` is full, or bare with `messageBrokerTag`. `envs` is `[{slug, config}]`, merged by slug like a broker's.
  static Result<TopicDefinition> parse(std::string_view text);
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::string event() const { return broker + ":" + tag; }
};

/// A group of a topic.
struct GroupDefinition {
  std::string product = {};
  std::string event = {};
  std::string name = {};
  Mode mode = Mode::shared;
  std::string from = "latest";
  RetryPolicy retry = {};
  std::uint64_t revision = 0;

  [[nodiscard]] std::string json() const;
};

/// A secret of a product, without its value.
struct SecretInfo {
  std::string product = {};
  std::string name = {};
  std::string changed = {};               ///< when it was last set, RFC 3339
  std::vector<std::string> used_by = {};  ///< "broker orders in prd"
};

/// One line of what `apply` did or would do.
struct Change {
  enum class Kind : std::uint8_t { added, changed, removed, unchanged } kind = Kind::unchanged;
  std::string object = {};  ///< "broker orders", "topic orders:new-orders", "group orders:new-orders/billing"
};

/// What `Registry::init` makes in `directory` (usually `.ductape`).
struct InitOptions {
  std::string directory = {};
  std::string product = "demo";
  std::vector<std::string> envs = {"dev"};
};

struct ApplyOptions {
  bool dry_run = false;
  bool prune = false;        ///< remove what the product has and the file does not name
  std::string product = {};  ///< if the file names none
};

/// What a declarative file did, and the groups it names: each must still be made at its provider (`Groups::provision`).
struct Applied {
  std::string product = {};
  std::vector<Change> changes = {};
  std::vector<GroupDefinition> groups = {};
  std::vector<GroupDefinition> pruned = {};  ///< groups that were removed: their providers may still have them
};

enum class DocumentFormat : std::uint8_t { yaml, json };

namespace detail {
class RegistryCore;
}

/// Products, brokers, topics and groups, in a store that several processes share. Thread-safe. Each call is one
/// transaction on the store and blocks for as long as that takes. Each error names the tag.
class Registry {
 public:
  /// `url` is `sqlite:DIR`; empty: `DUCTAPE_STORE`, else the nearest `.ductape/` upwards, else
  /// `$XDG_DATA_HOME/ductape`. Creates the store if its directory can be written. Errors: `unsupported` (a newer
  /// store), `data_loss` (corrupt), `permission_denied`, `unavailable`.
  static Result<Registry> open(std::string_view url = {});

  /// Makes a store: the product, a broker `events` on the embedded provider in each env, a topic `events:hello`, and
  /// `config.yaml` with the defaults. `already_exists` if there is a store in that directory.
  static Result<Registry> init(const InitOptions& options);

  /// The directory of the store, absolute.
  [[nodiscard]] std::string directory() const;
  /// Product and env that `config.yaml` beside the store names; empty if it names none.
  [[nodiscard]] std::string default_product() const;
  [[nodiscard]] std::string default_env() const;

  // create: `already_exists`. show: `not_found` with Ductape's name. remove: `conflict` while something depends on it.
  Result<Product> create(Product product);
  Result<Broker> create(Broker broker);
  Result<TopicDefinition> create(TopicDefinition topic);
  /// Stores the group; `Groups::create` also makes it at the provider.
  Result<GroupDefinition> create(GroupDefinition group);

  /// Replaces the record if its revision is still the given one, else `conflict`.
  Result<Broker> update(Broker broker);
  Result<TopicDefinition> update(TopicDefinition topic);
  /// Its policy, mode and start. Members keep the policy with which they subscribed; a mode is changed at the provider
  /// by the next subscribe, which is a `conflict` while other members run; a start is for environments that do not have
  /// the group yet.
  Result<GroupDefinition> update(GroupDefinition group);

  /// Merges what `partial` names, an object as `parse` reads it, into the stored record: environments by slug, the rest
  /// field by field. What it does not name stays; null empties a text or a sample, and an environment whose type or
  /// config is null is removed. It may name the tag, which cannot change, and the revision, which must then be the
  /// stored one (`conflict`).
  ///
  ///     registry.update_broker("shop", "orders", R"({"envs": [{"slug": "prd", "type": "LOCAL"}]})");
  Result<Broker> update_broker(std::string_view product, std::string_view tag, std::string_view partial);
  Result<TopicDefinition> update_topic(std::string_view product, std::string_view event, std::string_view partial);
  /// Only its name can change.
  Result<Product> update(Product product);

  /// Empty if there is none of that tag.
  [[nodiscard]] Result<std::optional<Broker>> fetch_broker(std::string_view product, std::string_view tag) const;
  [[nodiscard]] Result<std::optional<TopicDefinition>> fetch_topic(std::string_view product,
                                                                   std::string_view event) const;

  [[nodiscard]] Result<Product> product(std::string_view tag) const;
  [[nodiscard]] Result<Broker> broker(std::string_view product, std::string_view tag) const;
  [[nodiscard]] Result<TopicDefinition> topic(std::string_view product, std::string_view event) const;
  [[nodiscard]] Result<GroupDefinition> group(std::string_view product, std::string_view event,
                                              std::string_view name) const;

  [[nodiscard]] Result<std::vector<Product>> products() const;
  [[nodiscard]] Result<std::vector<Broker>> brokers(std::string_view product) const;
  /// Of one broker, or of all with an empty tag.
  [[nodiscard]] Result<std::vector<TopicDefinition>> topics(std::string_view product,
                                                            std::string_view broker = {}) const;
  /// Of one topic, or of all with an empty event.
  [[nodiscard]] Result<std::vector<GroupDefinition>> groups(std::string_view product,
                                                            std::string_view event = {}) const;

  Result<void> remove_product(std::string_view tag);
  Result<void> remove_broker(std::string_view product, std::string_view tag);
  Result<void> remove_topic(std::string_view product, std::string_view event);
  Result<void> remove_group(std::string_view product, std::string_view event, std::string_view name);

  /// Keeps a credential, sealed with AES-256-GCM by the store's key: `DUCTAPE_SECRET_KEY` (64 hexadecimal digits), else
  /// the file `secret.key` beside the store, made when first needed. A broker's config names it as `$Secret{NAME}`; a
  /// process that connects opens it, and one that runs sees a new value with its next connection. A credential that
  /// stands in a config in clear is kept like that too, as `<broker>_<env>_<field>`. Errors: `invalid_argument`,
  /// `data_loss` if other secrets were sealed with another key.
  Result<SecretInfo> set_secret(std::string_view product, std::string_view name, const Secret& value);
  [[nodiscard]] Result<std::vector<SecretInfo>> secrets(std::string_view product) const;
  /// Errors: `conflict` while a broker's config names it.
  Result<void> remove_secret(std::string_view product, std::string_view name);

  /// Whether the store can be read and written; changes nothing.
  Result<void> check_store();
  /// Whether each secret of the product opens with the key that is there.
  [[nodiscard]] Result<void> check_secrets(std::string_view product) const;

  /// Stores a declarative file (JSON or YAML), all or nothing.
  Result<Applied> apply(std::string_view text, const ApplyOptions& options = {});
  /// The whole product as a file that `apply` accepts; applied to an empty store and exported again it is the same,
  /// byte for byte.
  [[nodiscard]] Result<std::string> export_product(std::string_view product,
                                                   DocumentFormat format = DocumentFormat::yaml) const;

  /// For the library's own use.
  [[nodiscard]] const std::shared_ptr<detail::RegistryCore>& core() const noexcept { return core_; }
  explicit Registry(std::shared_ptr<detail::RegistryCore> core) : core_(std::move(core)) {}

 private:
  std::shared_ptr<detail::RegistryCore> core_;
};

}  // namespace ductape::inline v0
