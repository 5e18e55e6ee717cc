// For builds under the address sanitizer: masked loads and stores as calls.
//
// The sanitizer checks a masked access lane by lane. In the unrolled tiles that makes functions of
// tens of thousands of branches, and minutes of compilation; as calls they are checked as well.
#ifndef DLVIDEO_CK_NN_SANITIZED_H
#define DLVIDEO_CK_NN_SANITIZED_H
#if defined(__x86_64__) && defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <immintrin.h>

#define CK_CHECKED \
  static inline __attribute__((noinline, target("avx512f,avx512bw,avx512dq,avx512vl")))

CK_CHECKED __m512 ck_checked_load_ps(__mmask16 mask, const void *p) {
  return _mm512_maskz_loadu_ps(mask, p);
}
CK_CHECKED __m512i ck_checked_load_512(__mmask64 mask, const void *p) {
  return _mm512_maskz_loadu_epi8(mask, p);
}
CK_CHECKED __m256i ck_checked_load_256(__mmask16 mask, const void *p) {
  return _mm256_maskz_loadu_epi16(mask, p);
}
CK_CHECKED __m128i ck_checked_load_128(__mmask16 mask, const void *p) {
  return _mm_maskz_loadu_epi8(mask, p);
}
CK_CHECKED void ck_checked_store_ps(void *p, __mmask16 mask, __m512 v) {
  _mm512_mask_storeu_ps(p, mask, v);
}
CK_CHECKED void ck_checked_store_256(void *p, __mmask16 mask, __m256i v) {
  _mm256_mask_storeu_epi16(p, mask, v);
}
CK_CHECKED void ck_checked_store_128(void *p, __mmask16 mask, __m128i v) {
  _mm_mask_storeu_epi8(p, mask, v);
}

#define _mm512_maskz_loadu_ps ck_checked_load_ps
#define _mm512_maskz_loadu_epi8 ck_checked_load_512
#define _mm256_maskz_loadu_epi16 ck_checked_load_256
#define _mm_maskz_loadu_epi8 ck_checked_load_128
#define _mm512_mask_storeu_ps ck_checked_store_ps
#define _mm256_mask_storeu_epi16 ck_checked_store_256
#define _mm_mask_storeu_epi8 ck_checked_store_128
#endif
#endif
#endif
