// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Directory: which organisations take part, in which roles, and which key speaks for each
/// @notice Admission and suspension belong to the consortium (an OpenZeppelin AccessManager); everything about its own
/// key and profile belongs to the organisation. Whoever is not in here is nobody: every view answers 0 or false.
/// @dev An operator key belongs to one organisation for ever, also after its retirement, so that an old transaction has
/// one author. It acts for three years at most, then it must be renewed or replaced. `admit` and `acceptOperator` can be
/// paused (IAuthority). Role bits: 0 provider, 1 laboratory, 2 pharmacy, 3 payer, 4 sponsor, 5 ethics board, 6 data monitor,
/// 7 regulator.
interface IDirectory {
    /// @notice Where an organisation stands. None is the answer for an identifier that was never given.
    enum Status {
        None,
        Active,
        Suspended
    }

    /// @notice All that the ledger holds about an organisation; its name and endpoints are in the signed profile.
    /// @param roles Bitmap of roles, see the head of this interface.
    /// @param jurisdiction ISO 3166-1 numeric country code, 1 to 999.
    /// @param status Active or suspended.
    /// @param since When it was admitted, in seconds since 1970.
    /// @param operator The key that acts for it on the ledger.
    /// @param operatorUntil The second from which that key no longer acts.
    /// @param emergencyQuota How many emergencies it may declare, see `setEmergencyQuota`.
    /// @param profileHash Keccak-256 of the bytes of the signed profile document.
    struct Organization {
        uint16 roles;
        uint16 jurisdiction;
        Status status;
        uint48 since;
        address operator;
        uint48 operatorUntil;
        uint8 emergencyQuota;
        bytes32 profileHash;
    }

    /// @notice An organisation was admitted. The profile's address is in this event only.
    event OrganizationAdmitted(
        uint32 indexed id,
        address indexed operator,
        uint16 roles,
        uint16 jurisdiction,
        uint48 operatorUntil,
        bytes32 profileHash,
        string profileUrl
    );
    /// @notice An organisation was suspended, with effect at once.
    event OrganizationSuspended(uint32 indexed id);
    /// @notice A suspended organisation may act again.
    event OrganizationReinstated(uint32 indexed id);
    /// @notice The roles of an organisation are now `roles`.
    event RolesChanged(uint32 indexed id, uint16 roles);
    /// @notice `newOperator` speaks for the organisation until `operatorUntil`; both keys are equal at a mere renewal.
    event OperatorRotated(
        uint32 indexed id, address indexed oldOperator, address indexed newOperator, uint48 operatorUntil
    );
    /// @notice The present operator offers the organisation to `newOperator`, which would act until `operatorUntil`.
    event OperatorProposed(uint32 indexed id, address indexed newOperator, uint48 operatorUntil);
    /// @notice The offer to `newOperator` was taken back.
    event OperatorProposalWithdrawn(uint32 indexed id, address indexed newOperator);
    /// @notice The organisation may now declare `quota` emergencies.
    event EmergencyQuotaChanged(uint32 indexed id, uint8 quota);
    /// @notice The signed profile is now the document with this hash, to be found at `profileUrl`.
    event ProfileChanged(uint32 indexed id, bytes32 profileHash, string profileUrl);

    /// @notice No organisation has this identifier.
    error Directory_UnknownOrganization(uint32 id);
    /// @notice The organisation is not in the state that the call needs.
    error Directory_WrongStatus(uint32 id, Status status, Status expected);
    /// @notice The caller is not the current operator of an active organisation.
    error Directory_NotOperator(address caller);
    /// @notice This key is, or once was, the operator of `id`.
    error Directory_OperatorTaken(address operator, uint32 id);
    /// @notice The zero address cannot be an operator.
    error Directory_InvalidOperator(address operator);
    /// @notice An operator key must end in the future.
    error Directory_InvalidExpiry(uint48 operatorUntil, uint48 time);
    /// @notice An operator key must end at `latest` at the latest.
    error Directory_ExpiryTooFar(uint48 operatorUntil, uint48 latest);
    /// @notice The organisation is offered to `proposed` (0: to nobody), not to the caller.
    error Directory_NotProposed(uint32 id, address proposed, address caller);
    /// @notice The key that made the offer no longer acts for the organisation.
    error Directory_ProposerEnded(uint32 id, address proposer);
    /// @notice Not an ISO 3166-1 numeric code.
    error Directory_InvalidJurisdiction(uint16 jurisdiction);

    /// @notice Admits an organisation. For the consortium.
    /// @param roles Bitmap of roles.
    /// @param jurisdiction ISO 3166-1 numeric country code.
    /// @param operator The key that will act for it.
    /// @param operatorUntil The second from which that key no longer acts.
    /// @param profileHash Keccak-256 of the bytes of its signed profile.
    /// @param profileUrl Where the profile is served.
    /// @return id Its identifier: 1 for the first, rising by one.
    function admit(
        uint16 roles,
        uint16 jurisdiction,
        address operator,
        uint48 operatorUntil,
        bytes32 profileHash,
        string calldata profileUrl
    ) external returns (uint32 id);

    /// @notice Stops an organisation from acting, at once. For the consortium.
    function suspend(uint32 id) external;

    /// @notice Lets a suspended organisation act again. For the consortium.
    function reinstate(uint32 id) external;

    /// @notice Replaces the roles of an organisation; without the role of provider its emergency quota becomes 0. For the
    /// consortium.
    function setRoles(uint32 id, uint16 roles) external;

    /// @notice Sets how many emergencies an organisation may declare; 16 for a provider at admission, 0 for others. How
    /// fast the quota fills up again is laid down in Consents. For the consortium.
    function setEmergencyQuota(uint32 id, uint8 quota) external;

    /// @notice Gives an organisation a new operator when its own key is lost or has expired; an offer to another key is
    /// void. For the consortium.
    function replaceOperator(uint32 id, address newOperator, uint48 operatorUntil) external;

    /// @notice Offers the caller's organisation to another key, which must accept. One offer at a time: the last. It
    /// stands as long as the caller's key acts. For the operator.
    /// @param newOperator A key that never acted for anybody.
    /// @param operatorUntil The second from which the new key will no longer act.
    function proposeOperator(address newOperator, uint48 operatorUntil) external;

    /// @notice Takes back the offer to another key; without one, nothing happens. For the operator.
    function withdrawOperatorProposal() external;

    /// @notice Takes over an organisation that was offered to the caller; the key before retires. For the new key. Can be
    /// paused.
    function acceptOperator(uint32 id) external;

    /// @notice Sets the end of the caller's own key. For the operator.
    /// @param operatorUntil The second from which it no longer acts; may be earlier than before.
    function renewOperator(uint48 operatorUntil) external;

    /// @notice Publishes a new signed profile of the caller's organisation. For the operator.
    function setProfile(bytes32 profileHash, string calldata profileUrl) external;

    /// @notice The organisation for which a key may act now; 0 for a stranger, an expired or retired key, and the key
    /// of a suspended organisation. One storage read.
    function organizationOf(address operator) external view returns (uint32 id);

    /// @notice For whom a key could act at a time, with which roles, and with which quota for emergencies: one storage
    /// read, for verbs that look back as well as for those that act now.
    /// @dev What is not known is answered by 0. A time before the key began, from its end or retirement on, or within a
    /// suspension: all 0. A time before the roles were last changed: the organisation, without roles and quota. A time
    /// between two suspensions under one key counts as suspended. A key that the consortium renewed after its end counts
    /// from then on. The quota is the present one (of a retired key: the last). A time to come is answered as if nothing
    /// changed until then.
    /// @param time Seconds since 1970.
    /// @return id The organisation.
    /// @return roles Its roles at that time.
    /// @return emergencyQuota How many emergencies it may declare.
    function operatorAt(address operator, uint48 time)
        external
        view
        returns (uint32 id, uint16 roles, uint8 emergencyQuota);

    /// @notice The organisation to which a key belongs for ever, whether it acts or has long retired; 0 for a stranger.
    function ownerOf(address operator) external view returns (uint32 id);

    /// @notice The key to which the organisation is offered, and until when it would act; 0 if to none.
    function proposedOperator(uint32 id) external view returns (address newOperator, uint48 operatorUntil);

    /// @notice Whether the organisation is admitted and not suspended.
    function isActive(uint32 id) external view returns (bool);

    /// @notice Whether the organisation is active and has the role with this bit number.
    function hasRole(uint32 id, uint8 role) external view returns (bool);

    /// @notice What the ledger holds about an organisation; all zero when the identifier was never given.
    function organization(uint32 id) external view returns (Organization memory);

    /// @notice How many organisations were ever admitted; also the highest identifier.
    function organizationCount() external view returns (uint32);

    /// @notice How many organisations are active, and a number that rises whenever one ceases to be: a vote counted under
    /// an earlier number may hold one that counts no longer.
    function membership() external view returns (uint32 active, uint32 epoch);

    /// @notice Seconds that an operator key may act at the most before it is renewed or replaced.
    function MAX_OPERATOR_LIFE() external view returns (uint48);

    /// @notice Version of this contract.
    function version() external view returns (string memory);
}
