// The program's operator new and delete: inside a world's scope memory comes from that world's
// arena, otherwise from the host. A block that is deleted on the wrong side of the wall aborts, in
// every build: it would corrupt a snapshot or leak into one.

#include <cstdlib>
#include <new>

#include "engine/world/check.h"
#include "engine/world/world.h"

namespace engine {
// Defined in this file so that whoever uses a world links these operators too.
constinit thread_local Here t_here;
}  // namespace engine

namespace {

constexpr size_t kDefaultAlign = 16;

void* allocate(size_t size) {
  if (engine::t_here.arena != nullptr) return engine::t_here.arena->allocate(size);
  void* block = std::malloc(size == 0 ? 1 : size);
  ENGINE_CHECK(block != nullptr);
  return block;
}

void* allocate_aligned(size_t size, std::align_val_t align) {
  const auto bytes = static_cast<size_t>(align);
  if (engine::t_here.arena != nullptr) return engine::t_here.arena->allocate_aligned(size, bytes);
  const size_t unit = bytes < kDefaultAlign ? kDefaultAlign : bytes;
  void* block = std::aligned_alloc(unit, (size + unit - 1) / unit * unit + (size == 0 ? unit : 0));
  ENGINE_CHECK(block != nullptr);
  return block;
}

void release(void* block) {
  if (block == nullptr) return;
  if (engine::Arena* const arena = engine::t_here.arena) {
    if (!arena->owns(block)) [[unlikely]] {
      engine::check_failed(__FILE__, __LINE__, "a host block is deleted inside a world's scope");
    }
    arena->free(block);
    return;
  }
  if (engine::t_here.worlds != nullptr && engine::World::owning(block) != nullptr) [[unlikely]] {
    engine::check_failed(__FILE__, __LINE__, "a world's block is deleted outside its scope");
  }
  std::free(block);
}

}  // namespace

void* operator new(size_t size) {
  return allocate(size);
}
void* operator new[](size_t size) {
  return allocate(size);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new(size_t size, std::align_val_t align) {
  return allocate_aligned(size, align);
}
void* operator new[](size_t size, std::align_val_t align) {
  return allocate_aligned(size, align);
}
void* operator new(size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate_aligned(size, align);
}
void* operator new[](size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate_aligned(size, align);
}

void operator delete(void* block) noexcept {
  release(block);
}
void operator delete[](void* block) noexcept {
  release(block);
}
void operator delete(void* block, size_t) noexcept {
  release(block);
}
void operator delete[](void* block, size_t) noexcept {
  release(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
  release(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
  release(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  release(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  release(block);
}
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  release(block);
}
void operator delete[](void* block, size_t, std::align_val_t) noexcept {
  release(block);
}
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  release(block);
}
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  release(block);
}
