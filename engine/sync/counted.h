// engine/sync/counted.h: what Ref counts although it is no Object: nobody lists it or waits on it.
//
// Lifetime: the last handle deletes it. `T` derives from Counted<T>, and is what handles name.

#pragma once

#include <cstdint>

#include "engine/world/object.h"

namespace engine {

template <class T>
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  /// A handle more, a handle less. For Ref, and for what keeps itself.
  static void hold(T* it) { ++it->Counted::handles_; }
  static void release(T* it) {
    if (--it->Counted::handles_ == 0) delete it;
  }

 protected:
  ~Counted() = default;

 private:
  uint32_t handles_ = 0;
};

}  // namespace engine
