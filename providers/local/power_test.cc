// SPDX-License-Identifier: Apache-2.0
// Power failures: a file system of SQLite's that knows what was synced, and what was not. Whatever part of the latter
// reached the disk, all that was confirmed before is there.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <deque>
#include <fstream>
#include <random>
#include <set>

#include "providers/local/database.h"
#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using Contents = std::vector<char>;

/// What the disk has of each file, and the writes of which that is not certain.
class Disk {
 public:
  struct Write {
    sqlite3_int64 at;
    Contents data;
    bool truncate = false;
    std::uint64_t number = 0;
  };

  void write(const std::string& path, Write write) {
    const std::lock_guard lock(mutex_);
    write.number = ++last_;
    unsynced_[path].push_back(std::move(write));
  }
  std::uint64_t begin_sync() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  /// What was written before it began is on the disk.
  void end_sync(const std::string& path, std::uint64_t began_after) {
    const std::lock_guard lock(mutex_);
    auto& writes = unsynced_[path];
    for (; !writes.empty() && writes.front().number <= began_after; writes.pop_front())
      apply(synced_[path], writes.front());
  }
  void remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    synced_.erase(path);
    unsynced_.erase(path);
  }
  /// What may be there after a power failure now.
  std::map<std::string, Contents> cut(std::mt19937& random) {
    const std::lock_guard lock(mutex_);
    auto files = synced_;
    for (const auto& [path, writes] : unsynced_)
      for (const auto& write : writes)
        if (random() % 2 == 0) apply(files[path], write);
    return files;
  }

 private:
  static void apply(Contents& file, const Write& write) {
    const auto at = static_cast<std::size_t>(write.at);
    if (write.truncate) return file.resize(at);
    if (file.size() < at + write.data.size()) file.resize(at + write.data.size());
    std::copy(write.data.begin(), write.data.end(), file.begin() + write.at);
  }

  std::mutex mutex_;
  std::map<std::string, Contents> synced_;
  std::map<std::string, std::deque<Write>> unsynced_;
  std::uint64_t last_ = 0;
};

Disk* disk = nullptr;
sqlite3_vfs* real = nullptr;

struct File {
  sqlite3_file base;
  std::string* path;
  sqlite3_file* under() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* file_of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* under(sqlite3_file* file) { return file_of(file)->under(); }

int close_file(sqlite3_file* file) {
  delete file_of(file)->path;
  return under(file)->pMethods->xClose(under(file));
}
int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return under(f)->pMethods->xRead(under(f), to, size, at);
}
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  const int code = under(f)->pMethods->xWrite(under(f), from, size, at);
  const auto* bytes = static_cast<const char*>(from);
  disk->write(*file_of(f)->path, {.at = at, .data = Contents(bytes, bytes + size)});
  return code;
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  disk->write(*file_of(f)->path, {.at = size, .data = {}, .truncate = true});
  return under(f)->pMethods->xTruncate(under(f), size);
}
int sync_file(sqlite3_file* f, int flags) {
  const auto before = disk->begin_sync();
  const int code = under(f)->pMethods->xSync(under(f), flags);
  disk->end_sync(*file_of(f)->path, before);
  return code;
}
int file_size(sqlite3_file* f, sqlite3_int64* size) { return under(f)->pMethods->xFileSize(under(f), size); }
int lock_file(sqlite3_file* f, int level) { return under(f)->pMethods->xLock(under(f), level); }
int unlock_file(sqlite3_file* f, int level) { return under(f)->pMethods->xUnlock(under(f), level); }
int check_lock(sqlite3_file* f, int* out) { return under(f)->pMethods->xCheckReservedLock(under(f), out); }
int control(sqlite3_file* f, int what, void* argument) {
  return under(f)->pMethods->xFileControl(under(f), what, argument);
}
int sector_size(sqlite3_file* f) { return under(f)->pMethods->xSectorSize(under(f)); }
int characteristics(sqlite3_file* f) { return under(f)->pMethods->xDeviceCharacteristics(under(f)); }
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return under(f)->pMethods->xShmMap(under(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int count, int flags) {
  return under(f)->pMethods->xShmLock(under(f), offset, count, flags);
}
void shm_barrier(sqlite3_file* f) { under(f)->pMethods->xShmBarrier(under(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return under(f)->pMethods->xShmUnmap(under(f), remove); }

const sqlite3_io_methods methods{2,           close_file,  read_file,       write_file,  truncate_file,
                                 sync_file,   file_size,   lock_file,       unlock_file, check_lock,
                                 control,     sector_size, characteristics, shm_map,     shm_lock,
                                 shm_barrier, shm_unmap,   nullptr,         nullptr};

int open_file_on_disk(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  const int code = real->xOpen(real, name, under(file), flags, out);
  if (code != SQLITE_OK) return code;
  file_of(file)->path = new std::string(name ? name : "");
  file->pMethods = &methods;
  return code;
}

int remove_file(sqlite3_vfs*, const char* name, int sync_directory) {
  disk->remove(name);
  return real->xDelete(real, name, sync_directory);
}

/// SQLite's default file system is this one as long as it lives.
class PowerCut {
 public:
  PowerCut() {
    real = sqlite3_vfs_find(nullptr);
    vfs_ = *real;
    vfs_.zName = "power";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    vfs_.xOpen = open_file_on_disk;
    vfs_.xDelete = remove_file;
    disk = &disk_;
    sqlite3_vfs_register(&vfs_, 1);
  }
  PowerCut(const PowerCut&) = delete;
  PowerCut& operator=(const PowerCut&) = delete;
  ~PowerCut() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real, 1);
  }

 private:
  Disk disk_;
  sqlite3_vfs vfs_;
};

/// A moment: what was confirmed, and what a power failure at that moment leaves.
struct Moment {
  std::set<std::string> confirmed;
  std::map<std::string, Contents> files;
};

/// Notes moments as outcomes come in; shared by the publishers, which are called on several threads.
struct Notebook {
  std::mutex mutex;
  std::set<std::string> confirmed;
  std::vector<Moment> moments;
  std::mt19937 random{7};
};

class NotingSender final : public driver::PublishSink {
 public:
  NotingSender(driver::Connection& connection, Notebook& notebook, std::size_t every)
      : notebook_(notebook), every_(every), publisher_(connection.publisher(*this)) {}

  void send(const driver::Address& to, const std::string& prefix, std::size_t count, std::size_t size) {
    const std::string body(size, 'x');
    for (std::size_t i = 0; i < count; ++i) {
      {
        const std::lock_guard lock(monitor_.mutex);
        ids_.push_back(prefix + std::to_string(i));
      }
      const driver::Record record{.tag = i, .to = &to, .id = ids_[i], .body = std::as_bytes(std::span(body))};
      publisher_->submit({&record, 1});
      monitor_.until([&] { return outcomes_ + 3 > i; });  // three under way
    }
    monitor_.until([&] { return outcomes_ == count; });
    publisher_->stop(driver::Clock::now() + 5s);
    monitor_.until([&] { return ended_; });
  }

 private:
  void sent(std::span<const driver::Sent> outcomes) override {
    const std::lock_guard lock(monitor_.mutex);
    {
      const std::lock_guard note(notebook_.mutex);
      for (const auto& outcome : outcomes) {
        EXPECT_FALSE(outcome.error) << outcome.error.message;
        notebook_.confirmed.insert(ids_[outcome.tag]);
      }
      if (++calls_ % every_ == 0) notebook_.moments.push_back({notebook_.confirmed, disk->cut(notebook_.random)});
    }
    outcomes_ += outcomes.size();
    monitor_.changed.notify_all();
  }
  void writable() override {}
  void ended(Error) override {
    const std::lock_guard lock(monitor_.mutex);
    ended_ = true;
    monitor_.changed.notify_all();
  }

  Notebook& notebook_;
  std::size_t every_, calls_ = 0, outcomes_ = 0;
  bool ended_ = false;
  Monitor monitor_;
  std::deque<std::string> ids_;
  std::unique_ptr<driver::Publisher> publisher_;
};

std::set<std::string> ids_after(const std::map<std::string, Contents>& files) {
  Directory directory;
  for (const auto& [path, contents] : files)
    if (!path.empty())
      std::ofstream(directory.path() + path.substr(path.rfind('/')), std::ios::binary)
          .write(contents.data(), static_cast<std::streamsize>(contents.size()));
  auto database = Database::open(directory.file(".db"));
  EXPECT_TRUE(database) << database.error().message;
  std::set<std::string> ids;
  Statement check((*database)->connected(), "PRAGMA integrity_check"),
      all((*database)->connected(), "SELECT id FROM messages");
  auto checked = check();
  EXPECT_TRUE(checked.next() && checked.bytes(0) == "ok");
  for (auto rows = all(); rows.next();) ids.emplace(rows.bytes(0));
  EXPECT_FALSE((*database)->failed());
  return ids;
}

TEST(PowerFailure, LosesNothingThatWasConfirmed) {
  Notebook notebook;
  {
    PowerCut power;
    Directory directory;
    TestRuntime runtime;
    // Two engines on one file, as two processes would be.
    Broker one(directory.path(), runtime), two(directory.path(), runtime);
    const auto to = one.address("orders");
    {
      NotingSender a(*one, notebook, 60), b(*two, notebook, 60);
      std::thread beside([&] { b.send(to, "b", 300, 40000); });
      a.send(to, "a", 600, 30000);
      beside.join();
    }
  }
  ASSERT_GE(notebook.moments.size(), 5u);
  EXPECT_EQ(notebook.confirmed.size(), 900u);
  std::size_t in_file = 0;
  for (const auto& moment : notebook.moments) {
    const auto ids = ids_after(moment.files);
    for (const auto& id : moment.confirmed) ASSERT_TRUE(ids.contains(id)) << id << " was confirmed and is gone";
    for (const auto& [path, contents] : moment.files)
      if (path.ends_with(".db")) in_file = std::max(in_file, contents.size());
  }
  EXPECT_GT(in_file, std::size_t{1} << 20) << "checkpoints were among it";
}

}  // namespace
}  // namespace ductape::inline v0::local::test
