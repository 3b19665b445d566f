/// Gives back the memory of all pages of the program and its libraries that can only be read or run; one that is needed again comes back
/// from the file.
///
/// Such pages have nothing of our own in them: what the loader writes lies in segments that can be written.
void millrace_give_back_program_pages(void);
