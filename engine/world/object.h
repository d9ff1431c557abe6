// engine/world/object.h: what channels, locks and other things that tasks share have in common.
//
// Concept: an object lives in the arena and is owned by counted handles (Ref), so it outlives every
// frame that names it; the last handle frees it. All objects of a world are listed, so they can be
// looked at. Ids number them in order of creation; keys identify them for choices.

#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/world/choice.h"
#include "engine/world/list.h"
#include "engine/world/world.h"

namespace engine {

/// A short text in the arena; one pointer. Empty by default.
class Name {
 public:
  Name() = default;
  explicit Name(std::string_view text) { assign(text); }
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  ~Name() { assign({}); }

  void assign(std::string_view text);
  [[nodiscard]] std::string_view view() const {
    return text_ == nullptr ? std::string_view() : std::string_view(text_);
  }

 private:
  char* text_ = nullptr;
};

/// Values are part of the hash: append, never renumber.
enum class ObjectKind : uint8_t {
  kChan = 1,
  kMutex = 2,
  kWaitGroup = 3,
  kShared = 4,
  kRWMutex = 5,
  kCond = 6,
  kContext = 7,
  kTcpSocket = 8,
  kTcpListener = 9,
  kUdpSocket = 10,
  kEventCount = 11,
};

class Object : public ListNode<ObjectTag> {
 public:
  Object(ObjectKind kind, std::string_view name);
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object();

  [[nodiscard]] ObjectKind kind() const { return kind_; }
  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] std::string_view name() const { return name_.view(); }

  /// A handle more, a handle less. For Ref, and for operations that outlive the handle they came
  /// from. Null is allowed.
  static void hold(Object* object) {
    if (object != nullptr) ++object->handles_;
  }
  static void release(Object* object) {
    if (object != nullptr && --object->handles_ == 0) delete object;
  }

 private:
  uint32_t handles_ = 0;
  uint32_t id_;
  ObjectKind kind_;
  Name name_;
};

/// A counted handle to an Object, or to what has hold() and release() like it. Copies share the
/// object; a null handle is allowed.
template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) { hold(); }
  Ref(const Ref& other) : object_(other.object_) { hold(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) T::release(object_);
    // Volatile, so that it is really written: a frame must not keep what looks like a handle.
    *const_cast<T* volatile*>(&object_) = nullptr;
  }

  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  [[nodiscard]] T* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  void hold() {
    if (object_ != nullptr) T::hold(object_);
  }
  T* object_ = nullptr;
};

}  // namespace engine
