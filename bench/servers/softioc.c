/* The smallest C IOC: EPICS base's server and record engine without a Python interpreter
 * around them. Arguments: the folder of the .dbd files, then database files. It
 * serves until it is killed. */
#include <stdio.h>
#include <unistd.h>

extern struct dbBase *pdbbase;
int dbLoadDatabase(const char *file, const char *path, const char *macros);
int dbLoadRecords(const char *file, const char *macros);
int registerAllRecordDeviceDrivers(struct dbBase *base);
int iocInit(void);

int main(int argc, char **argv)
{
    if (argc < 3 || dbLoadDatabase("base.dbd", argv[1], NULL) || registerAllRecordDeviceDrivers(pdbbase))
        return 1;
    for (int i = 2; i < argc; i++)
        if (dbLoadRecords(argv[i], NULL))
            return 1;
    if (iocInit())
        return 1;
    for (;;)
        pause();
}
