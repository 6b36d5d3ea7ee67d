#include <unistd.h>
int main(){ if(!vfork()){ sleep(4); _exit(0);} pause(); }
