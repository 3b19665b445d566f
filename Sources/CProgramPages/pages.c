// For dl_iterate_phdr, which Swift does not see without it.
#define _GNU_SOURCE
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CProgramPages.h"

static int give_back(struct dl_phdr_info *info, size_t size, void *page_size) {
    (void)size;
    const ElfW(Addr) page = *(const ElfW(Addr) *)page_size;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        // Only whole pages, for the next segment may begin on the last one.
        const ElfW(Addr) start = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        const ElfW(Addr) end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void millrace_give_back_program_pages(void) {
    ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(give_back, &page);
}
