/* The system calls of a server and nothing else: whenever so many bytes have come from
 * the first client, so many go to it, or to each of the others if there are any.
 * Arguments: port, bytes in, bytes out, number of other clients. It ends with the
 * first client. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_all(int fd, const char *b, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, b, n, MSG_NOSIGNAL);
        if (k <= 0)
            exit(0);
        b += k;
        n -= k;
    }
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 1;
    size_t in = atol(argv[2]), out = atol(argv[3]);
    int others = atoi(argv[4]), one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    int *fd = calloc(others + 1, sizeof *fd);
    char *request = malloc(in), *answer = calloc(1, out);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, others + 1))
        return 1;
    for (int i = 0; i <= others; i++) {
        fd[i] = accept(listener, NULL, NULL);
        setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    for (;;) {
        for (size_t n = 0; n < in;) {
            ssize_t k = recv(fd[0], request + n, in - n, 0);
            if (k <= 0)
                return 0;
            n += k;
        }
        for (int i = others ? 1 : 0; i <= others; i++)
            send_all(fd[i], answer, out);
    }
}
